#ifndef IMAGE_PNG_INFLATE_H
#define IMAGE_PNG_INFLATE_H

#include <stddef.h>

#include "image/bytes.h"

struct buffer;
struct error;

/*
 * The one door to the library that inflates. That is ISA-L where the Makefile found it, two to
 * four times as fast as zlib, which does it elsewhere. What comes out is the same.
 */
struct png_inflate;

/* Begin with a zlib stream, which stays the caller's and outlives the inflater. Free with
 * png_inflate_free(). */
struct png_inflate *png_inflate_new(const struct bytes *stream);

/* Write the next `size` bytes to `to`; -1 with `err` filled if the stream is broken or holds
 * fewer. */
int png_inflate_read(
	struct png_inflate *inflate, unsigned char *to, size_t size, struct error *err);

/* Go to the stream's end, where its check sum is; -1 with `err` filled if it is wrong or missing.
 * Some bytes more than were read are passed over, for there are files that have them, but not more
 * than PNG_INFLATE_EXCESS. */
int png_inflate_finish(struct png_inflate *inflate, struct error *err);

#define PNG_INFLATE_EXCESS ((size_t)64 << 20)

/* Free; takes NULL. */
void png_inflate_free(struct png_inflate *inflate);

/* Return the CRC of PNG's chunks over `size` more bytes; that of none is 0. */
unsigned long png_inflate_crc(unsigned long crc, const unsigned char *bytes, size_t size);

/* Append a line with the library's name and version. */
void png_inflate_version(struct buffer *lines);

#endif
