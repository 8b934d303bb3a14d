#ifndef PIXEL_LIGHT_H
#define PIXEL_LIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "pixel/pixels.h"

struct color_space;
struct error;
struct taps;

/*
 * Scaling in linear light: rows as numbers that are proportional to the light they stand for, 0 to
 * 1, by the curve of sRGB (IEC 61966-2-1), the colours multiplied by alpha. A mean of black and
 * white is then as bright as it looks from afar, where that of their bytes is darker.
 */
struct light;

/* Start on rows of `width` pixels of `kind`, in one plane, whose colours are of `space`. Return
 * NULL with `err` filled if memory runs out. Free with light_free(). */
struct light *light_new(
	const struct color_space *space, enum pixels_kind kind, int width, struct error *err);

/* Return the kind of pixels that come out, which have as many channels in light. */
enum pixels_kind light_kind(const struct light *light);

/* Turn a row of pixels into light. */
void light_of_row(const struct light *light, const unsigned char *row, float *lit, int width);

/* Make a row of the means of 2x2 pixels, of `pixels` pixels, out of twice as many of two rows. */
void light_halve(const float *upper, const float *lower, float *row, size_t pixels, int channels);

/* Sum up `count` rows, weighed as taps.h has it, to a line of `samples` numbers. */
void light_down(
	const float *const *rows, const int16_t *weights, int count, float *line, size_t samples);

/* Sum up a line, of which line[0] belongs to the sample `left`, to a row of bytes in sRGB. */
void light_across(const struct light *light, const float *line, int left, const struct taps *taps,
	unsigned char *row);

/* Free; takes NULL. */
void light_free(struct light *light);

#endif
