#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

struct buffer;

/* Bytes as text of 64 letters, four of them for three bytes (RFC 4648, section 4). */

/* Append `length` bytes in base64, padded with =, on one line. */
void base64_encode(struct buffer *out, const void *bytes, size_t length);

/* Append the bytes that `length` bytes of text mean. Return -1, with `out` as it was, if the text
 * is not exactly what base64_encode() writes: without its padding, with white space or other
 * letters, or with bits set that belong to no byte. */
int base64_decode(struct buffer *out, const char *text, size_t length);

#endif
