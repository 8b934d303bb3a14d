#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/* Set `point` to the code point that `length` bytes, at least one, begin with. Return how many
 * bytes it takes, or 0 if they are not UTF-8 (RFC 3629: no overlong form, no surrogate). */
size_t utf8_next(const char *bytes, size_t length, uint32_t *point);

/* Return whether `length` bytes are UTF-8. */
bool utf8_valid(const char *bytes, size_t length);

/* Append a code point. */
void utf8_append(struct buffer *out, uint32_t point);

/* Append `length` bytes so that a terminal shows them and does nothing else: control characters,
 * the marks that turn the direction of text, line separators and bytes that are not UTF-8 become
 * escapes (\n, \t, \x1b, \u202e); a backslash stays. */
void utf8_show(struct buffer *out, const char *bytes, size_t length);

#endif
