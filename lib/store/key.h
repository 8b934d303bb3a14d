#ifndef STORE_KEY_H
#define STORE_KEY_H

/* Write "BUCKET/KEY" (`bucket` may be NULL) as a message names it: whole if it fits, else with its
 * middle left out, so that the message still has room to say what is wrong. */
enum { KEY_TEXT = 256 };
void key_show(char text[KEY_TEXT], const char *bucket, const char *key);

#endif
