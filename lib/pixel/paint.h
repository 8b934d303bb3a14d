#ifndef PIXEL_PAINT_H
#define PIXEL_PAINT_H

#include "pixel/pixels.h"

struct color;
struct error;

/*
 * Gives a rendition's pixels their final form: in one plane, in sRGB, before a background where
 * transparency must go, gray as RGB where gray won't do. Starts at zero.
 */
struct paint {
	const struct color *color;
	enum pixels_kind from, to;
	unsigned char background[3];
	unsigned char *joined, *converted, *colored; /* rows on the way */
};

/* Start on rows of at most `width` pixels of kind `from`, which become `to`: a kind that
 * color_kind(from) is, or with alpha left out, or gray turned into RGB; one plane in any case. A
 * background on gray is gray. Return -1 with `err` filled if memory runs out. `color` outlives the
 * paint. */
int paint_init(struct paint *paint, const struct color *color, enum pixels_kind from,
	enum pixels_kind to, const unsigned char background[3], int width, struct error *err);

/* Write a row's `width` pixels, which are in as many planes as their kind has, to `to`. */
void paint_row(const struct paint *paint, unsigned char *const planes[PIXELS_PLANES],
	unsigned char *to, int width);

/* Fill `to` with `width` pixels of background. */
void paint_background(const struct paint *paint, unsigned char *to, int width);

void paint_release(struct paint *paint);

#endif
