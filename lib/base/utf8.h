#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

/* Return whether `length` bytes are UTF-8 (RFC 3629): no overlong form, no surrogate. */
bool utf8_valid(const char *bytes, size_t length);

/* Append `length` bytes so that a terminal shows them and does nothing else: control characters,
 * the marks that turn the direction of text, line separators and bytes that are not UTF-8 become
 * escapes (\n, \t, \x1b, \u202e); a backslash stays. */
void utf8_show(struct buffer *out, const char *bytes, size_t length);

#endif
