#ifndef PIXEL_SIMD_H
#define PIXEL_SIMD_H

#include <stddef.h>
#include <stdint.h>

struct taps;

/*
 * The loops that touch every sample, once in plain C and once for each kind of vector unit. All
 * give the same bytes: the plain ones say what is right. Only whole numbers are worked with, but
 * where colours are divided by alpha.
 */

/* Between two passes samples keep this many bits of fraction: an int16_t then has room for twice of
 * 255, more than any kernel's overshoot. */
#define SIMD_LINE_BITS 6

/* So many bytes or samples behind the end of a row or a line are read, and those of a row's result
 * written, by loops that go on in whole vectors: there must be room for them. */
#define SIMD_SLACK 64

struct simd {
	const char *name;

	/* Make a line of rows that lie below one another: line[i] is the sum of weights[k] *
	 * rows[k][i] over `count` rows, an even number, with SIMD_LINE_BITS of fraction. Weights
	 * are as in taps.h. */
	void (*down)(const unsigned char *const *rows, const int16_t *weights, int count,
		int16_t *line, size_t samples);

	/* Make a row of a line of pixels of `channels` samples, as `taps` says; line[0] belongs to
	 * the sample `left`. */
	void (*across)(const int16_t *line, int left, const struct taps *taps, int channels,
		unsigned char *row);

	/* The same where the last channel is alpha and has been multiplied into the others, of
	 * which it is taken out again: before anything is cut off, since the kernel's overshoot is
	 * in both. Colours of what cannot be seen become 0. */
	void (*across_weighed)(const int16_t *line, int left, const struct taps *taps, int channels,
		unsigned char *row);

	/* Make a row of the means of 2x2 pixels, of `pixels` pixels, out of twice as many of two
	 * rows. A sum of 4 is rounded down and up in turn, so that the picture gets no brighter. */
	void (*halve)(const unsigned char *upper, const unsigned char *lower, unsigned char *row,
		size_t pixels, int channels);

	/* Multiply the colours of `pixels` pixels by their alpha, the last of `channels`. */
	void (*weigh)(const unsigned char *from, unsigned char *row, size_t pixels, int channels);
};

/* Return the fastest that this processor has. */
const struct simd *simd_best(void);

/* Return each of those that this processor has, from 0 on, the plain one first; NULL after the
 * last.
 */
const struct simd *simd_nth(int n);

#endif
