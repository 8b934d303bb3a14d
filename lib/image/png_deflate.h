#ifndef IMAGE_PNG_DEFLATE_H
#define IMAGE_PNG_DEFLATE_H

#include <stddef.h>

struct buffer;
struct error;

/*
 * The one door to the libraries that deflate. Up to an effort of 4 that is ISA-L, which is quick;
 * above, or where the Makefile found none, libdeflate, which wants all of the bytes in memory, or
 * zlib if these are more than PNG_DEFLATE_WHOLE. What comes out is a zlib stream.
 */
struct png_deflate;

#define PNG_DEFLATE_WHOLE ((size_t)16 << 20)

/* Take the next bytes of the stream; -1 with `err` filled if that fails. */
typedef int (*png_deflate_sink)(
	void *state, const unsigned char *bytes, size_t size, struct error *err);

/* Begin with a stream of `total` bytes, which goes to `sink` in pieces of 64 KiB or, from
 * libdeflate, as one. Return NULL with `err` filled if there is no room. Free with
 * png_deflate_free(). */
struct png_deflate *png_deflate_new(
	int effort, size_t total, png_deflate_sink sink, void *state, struct error *err);

/* Take the next bytes; no more than `total` in all. */
int png_deflate_write(
	struct png_deflate *packing, const unsigned char *bytes, size_t size, struct error *err);

/* After the last, end the stream. */
int png_deflate_finish(struct png_deflate *packing, struct error *err);

/* Free; takes NULL. */
void png_deflate_free(struct png_deflate *packing);

/* Append a line for each library, with its version. */
void png_deflate_version(struct buffer *lines);

#endif
