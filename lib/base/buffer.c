#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void buffer_reserve(struct buffer *buffer, size_t length)
{
	size_t wanted = buffer->length + length + 1;

	if (wanted < length)
		memory_exhausted();
	if (wanted <= buffer->capacity)
		return;
	if (wanted < buffer->capacity * 2)
		wanted = buffer->capacity * 2;
	if (wanted < 64)
		wanted = 64;
	buffer->bytes = memory_resize(buffer->bytes, wanted, 1);
	buffer->capacity = wanted;
}

void buffer_number(struct buffer *buffer, int64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		digits[--at] = '-';
	buffer_append(buffer, digits + at, sizeof(digits) - at);
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length > 0) {
		buffer_reserve(buffer, (size_t)length);
		vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, again);
		buffer->length += (size_t)length;
	}
	va_end(again);
}

void buffer_replace(
	struct buffer *buffer, size_t offset, size_t removed, const char *bytes, size_t length)
{
	char *at;

	buffer_reserve(buffer, length);
	at = buffer->bytes + offset;
	memmove(at + length, at + removed, buffer->length - offset - removed);
	if (length)
		memcpy(at, bytes, length);
	buffer->length += length - removed;
	buffer->bytes[buffer->length] = '\0';
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	if (buffer->bytes)
		buffer->bytes[0] = '\0';
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){0};
}
