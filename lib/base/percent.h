#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

/* Bytes as URLs have them, a % and two hexadecimal digits each (RFC 3986, section 2.1). */

/* Append `length` bytes as AWS encodes them: all but A-Z a-z 0-9 - . _ ~ become %XX in upper case,
 * and slashes too unless `keep_slashes`. */
void percent_encode(struct buffer *out, const char *bytes, size_t length, bool keep_slashes);

/* Append `length` bytes with each %XX made the byte that it means; a % without two digits stays. */
void percent_decode(struct buffer *out, const char *bytes, size_t length);

/* Return the byte, 0 to 255, that %XX at the start of `length` bytes means, or -1 if they don't
 * start so. */
int percent_byte(const char *bytes, size_t length);

#endif
