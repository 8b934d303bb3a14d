#ifndef BASE_COMPOSE_H
#define BASE_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

struct buffer;

/*
 * Writing JSON, by appending to text. An object is a '{', then its members, then a '}', the braces
 * by buffer_byte(); the commas come by themselves. It is done here and not by json-c, which leaves
 * out what it has no memory for without a word.
 */

/* Append `text` as a JSON string. What is not UTF-8 becomes U+FFFD. */
void compose_text(struct buffer *json, const char *text);

/* Append a member to the object that is being written. compose_string() leaves out a `value` that
 * is NULL; compose_tenths() writes one digit after the point, and compose_fraction() four, but for
 * zeros at the end; compose_json() takes JSON text. */
void compose_string(struct buffer *json, const char *name, const char *value);
void compose_number(struct buffer *json, const char *name, int64_t value);
void compose_tenths(struct buffer *json, const char *name, double value);
void compose_fraction(struct buffer *json, const char *name, double value);
void compose_bool(struct buffer *json, const char *name, bool value);
void compose_json(struct buffer *json, const char *name, const char *value);

#endif
