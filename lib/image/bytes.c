#include "image/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

unsigned char *bytes_extend(struct bytes *bytes, size_t size, struct error *err)
{
	size_t wanted = bytes->size + size;
	unsigned char *at;

	if (wanted < size || wanted > SIZE_MAX / 4) {
		error_transient(err, "out of memory for %zu more bytes", size);
		return NULL;
	}
	if (wanted > bytes->capacity || !bytes->at) {
		size_t capacity = bytes->capacity + bytes->capacity / 2;

		capacity = capacity > wanted ? capacity : wanted;
		at = realloc(bytes->at, capacity ? capacity : 1);
		if (!at) {
			error_transient(err, "out of memory for %zu bytes of picture", capacity);
			return NULL;
		}
		bytes->at = at;
		bytes->capacity = capacity;
	}
	at = bytes->at + bytes->size;
	bytes->size = wanted;
	return at;
}

int bytes_append(struct bytes *bytes, const void *more, size_t size, struct error *err)
{
	unsigned char *at = bytes_extend(bytes, size, err);

	if (!at)
		return -1;
	if (size)
		memcpy(at, more, size);
	return 0;
}

void bytes_release(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){0};
}

unsigned long bytes_big32(const unsigned char *at)
{
	return (unsigned long)at[0] << 24 | (unsigned long)at[1] << 16 | (unsigned long)at[2] << 8 |
		at[3];
}

unsigned long bytes_little24(const unsigned char *at)
{
	return (unsigned long)at[2] << 16 | (unsigned long)at[1] << 8 | at[0];
}

unsigned long bytes_little32(const unsigned char *at)
{
	return (unsigned long)at[3] << 24 | bytes_little24(at);
}

void bytes_put_little24(unsigned char *at, unsigned long value)
{
	at[0] = (unsigned char)value;
	at[1] = (unsigned char)(value >> 8);
	at[2] = (unsigned char)(value >> 16);
}

void bytes_put_little32(unsigned char *at, unsigned long value)
{
	bytes_put_little24(at, value);
	at[3] = (unsigned char)(value >> 24);
}
