#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that grow. Starts at zero; `bytes` is always followed by a NUL that `length` does not
 * count, once anything was appended. */
struct buffer {
	char *bytes;
	size_t length, capacity;
};

/* Make room for `length` more bytes, without changing the length. */
void buffer_reserve(struct buffer *buffer, size_t length);

/* Append `length` bytes, a string, one byte, a number in decimal digits, or what printf would
 * print. */
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
static inline void buffer_text(struct buffer *buffer, const char *text);
static inline void buffer_byte(struct buffer *buffer, char byte);
void buffer_number(struct buffer *buffer, int64_t number);
void buffer_format(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Put `length` bytes where `removed` bytes stood at `offset`. */
void buffer_replace(
	struct buffer *buffer, size_t offset, size_t removed, const char *bytes, size_t length);

/* Forget the contents and keep the room. */
void buffer_clear(struct buffer *buffer);

/* Free the bytes and start over at zero. */
void buffer_release(struct buffer *buffer);

/* All text is made by these, mostly of few bytes at a time, so they are not called but put in. */

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
	if (buffer->capacity - buffer->length <= length)
		buffer_reserve(buffer, length);
	if (length)
		memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
}

static inline void buffer_text(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

static inline void buffer_byte(struct buffer *buffer, char byte)
{
	buffer_append(buffer, &byte, 1);
}

#endif
