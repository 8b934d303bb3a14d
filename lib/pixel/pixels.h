#ifndef PIXEL_PIXELS_H
#define PIXEL_PIXELS_H

#include <stddef.h>

#include "pixel/fit.h"

struct error;

/*
 * Pixels: 8 bits a channel, channels side by side, rows from the top. Alpha is straight, not
 * multiplied into the colours. CMYK is ink: 255 is full. The last two are in three planes, Y, Cb
 * and Cr, of which the latter may be smaller, and each of which has one channel: as JPEG has them
 * (JFIF 1.02), and as WebP does, with 16 for black and 235 for white (RFC 6386, 9.2).
 */
enum pixels_kind {
	PIXELS_GRAY,
	PIXELS_GRAY_ALPHA,
	PIXELS_RGB,
	PIXELS_RGBA,
	PIXELS_CMYK,
	PIXELS_YCC,
	PIXELS_YCC_VIDEO,
};

#define PIXELS_PLANES 3

/* Return how many bytes a pixel has, in each plane. */
int pixels_channels(enum pixels_kind kind);

/* Return how many planes there are: 1, or PIXELS_PLANES. */
int pixels_planes(enum pixels_kind kind);

/* Return whether a pixel's last byte is alpha. */
int pixels_have_alpha(enum pixels_kind kind);

/* Return the kind without, or with, alpha. */
enum pixels_kind pixels_opaque(enum pixels_kind kind);
enum pixels_kind pixels_transparent(enum pixels_kind kind);

/* Allocate `count` zeroed elements of `size` bytes for something that grows with a picture. Return
 * NULL with `err` filled if there is no room. Free with free(). */
void *pixels_room(size_t count, size_t size, struct error *err);

/* A whole picture in memory, or a plane of one, as if it were gray. Starts at zero. */
struct pixels {
	enum pixels_kind kind; /* of one plane */
	struct size size;
	size_t stride; /* bytes from a row to the next */
	unsigned char *bytes;
};

/* Make room for a picture of zeros, and SIMD_SLACK bytes behind its end; -1 with `err` filled if
 * there is none. */
int pixels_init(struct pixels *pixels, enum pixels_kind kind, struct size size, struct error *err);

/* Return the row at `y`. */
unsigned char *pixels_row(const struct pixels *pixels, int y);

/* Free the rows and start over at zero. */
void pixels_release(struct pixels *pixels);

#endif
