#ifndef IMAGE_WEBP_CHUNKS_H
#define IMAGE_WEBP_CHUNKS_H

#include <stddef.h>

#include "pixel/fit.h"

#include "image/bytes.h"

struct error;
struct image_limits;
struct metadata;
struct picture;
struct source;
struct stream;

/*
 * WebP's container (RFC 9649): RIFF chunks around one picture, or around a canvas and the frames of
 * an animation.
 */

/* The first frame, and where it lies on the canvas. */
struct webp_frame {
	const unsigned char *bytes; /* its chunks: ALPH and VP8, or VP8L */
	size_t length;
	int left, top;
	struct size size;
};

/* Read a whole WebP file into `file`, which `frame` then points into, and its header to `picture`,
 * whose size is the canvas's. Return -1 with `err` filled if it is broken, or refused by `limits`;
 * by its size that happens before anything is held. */
int webp_chunks_read(struct source *in, const struct image_limits *limits, struct bytes *file,
	struct webp_frame *frame, struct picture *picture, struct error *err);

/* Write `encoded`, a WebP file of one picture of `size`, to `out`, with the metadata put in. */
int webp_chunks_write(struct stream *out, const unsigned char *encoded, size_t length,
	struct size size, const struct metadata *metadata, struct error *err);

#endif
