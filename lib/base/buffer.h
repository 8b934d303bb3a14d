#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>

/* Bytes that grow. Starts at zero; `bytes` is always followed by a NUL that `length` does not
 * count, once anything was appended. */
struct buffer {
	char *bytes;
	size_t length, capacity;
};

/* Make room for `length` more bytes, without changing the length. */
void buffer_reserve(struct buffer *buffer, size_t length);

/* Append `length` bytes, a string, one byte, or what printf would print. */
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_byte(struct buffer *buffer, char byte);
void buffer_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Put `length` bytes where `removed` bytes stood at `offset`. */
void buffer_replace(
	struct buffer *buffer, size_t offset, size_t removed, const char *bytes, size_t length);

/* Forget the contents and keep the room. */
void buffer_clear(struct buffer *buffer);

/* Free the bytes and start over at zero. */
void buffer_release(struct buffer *buffer);

#endif
