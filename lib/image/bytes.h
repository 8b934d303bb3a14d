#ifndef IMAGE_BYTES_H
#define IMAGE_BYTES_H

#include <stddef.h>

struct error;

/* Bytes of a picture, compressed or not yet written. They grow with it, so that running out of
 * memory is a failure, where a struct buffer ends the process. Starts at zero. */
struct bytes {
	unsigned char *at;
	size_t size, capacity;
};

/* Return `size` more bytes at the end, to be written to; NULL with `err` filled if there is no
 * room for them. Pointers into the bytes may move. */
unsigned char *bytes_extend(struct bytes *bytes, size_t size, struct error *err);

/* Append `size` bytes; -1 with `err` filled if there is no room. */
int bytes_append(struct bytes *bytes, const void *more, size_t size, struct error *err);

/* Free the bytes and start over at zero. */
void bytes_release(struct bytes *bytes);

/* Read and write whole numbers as PNG (big-endian) and WebP (little-endian) have them. */
unsigned long bytes_big32(const unsigned char *at);
unsigned long bytes_little32(const unsigned char *at);
unsigned long bytes_little24(const unsigned char *at);
void bytes_put_little32(unsigned char *at, unsigned long value);
void bytes_put_little24(unsigned char *at, unsigned long value);

#endif
