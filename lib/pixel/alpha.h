#ifndef PIXEL_ALPHA_H
#define PIXEL_ALPHA_H

#include "pixel/pixels.h"

/* Return a * b / 255, rounded, of numbers up to 255. */
unsigned alpha_times(unsigned a, unsigned b);

/* Write `pixels` pixels to `to`, their colours multiplied by alpha, the last of `channels`. */
void alpha_multiply(const unsigned char *from, unsigned char *to, size_t pixels, int channels);

/* Write `width` pixels of a kind with alpha to `to` as they look before `background`, which has one
 * byte a colour channel. In place is fine. */
void alpha_flatten(enum pixels_kind kind, const unsigned char *background,
	const unsigned char *from, unsigned char *to, int width);

#endif
