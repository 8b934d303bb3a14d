#ifndef BASE_QUOTED_H
#define BASE_QUOTED_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

/* Return how many of the `length` bytes at `text` a JSON string has as they are: those before the
 * first quote, backslash, control character or byte that is not ASCII. */
size_t quoted_plain(const char *text, size_t length);

/* Strings as they stand in JSON text that json_check() took: each from its opening quote on. */

/* Return where a string ends: behind its closing quote. */
const char *quoted_end(const char *string);

/* Append what a string says. */
void quoted_decode(struct buffer *out, const char *string);

/* Return whether a string, which may be written with escapes, says `text`. */
bool quoted_is(const char *string, const char *text);

/* Compare what two strings say, by code points; below 0, 0 or above as strcmp() does. */
int quoted_compare(const char *a, const char *b);

#endif
