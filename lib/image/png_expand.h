#ifndef IMAGE_PNG_EXPAND_H
#define IMAGE_PNG_EXPAND_H

#include <png.h>

#include "pixel/pixels.h"

/*
 * How a PNG stores a pixel, and how it becomes one of ours: few bits and palettes are looked up,
 * 16 bits rounded to 8, and the one colour that is to be transparent gets an alpha of 0.
 */
struct png_expand {
	enum pixels_kind kind; /* what rows become */
	int stored_bits;       /* a pixel */
	int depth, samples;
	int has_key;
	unsigned key[3]; /* the transparent colour, as deep as stored */
	void (*row)(const struct png_expand *expand, const unsigned char *from, unsigned char *to,
		int width);
	unsigned char table[256][4]; /* what stored values become, if they are looked up */
};

/* Fill `expand` from a header that libpng has read. Fails as libpng does: it jumps. */
void png_expand_init(struct png_expand *expand, png_structp png, png_infop info);

/* Turn `width` stored pixels into `expand->kind`. */
void png_expand_row(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width);

#endif
