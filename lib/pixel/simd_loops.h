#ifndef PIXEL_SIMD_LOOPS_H
#define PIXEL_SIMD_LOOPS_H

#include "pixel/simd.h"
#include "pixel/taps.h"

/* What the implementations of simd.h share: the work on single samples, in plain C. */

#define SIMD_DOWN_SHIFT (TAPS_BITS - SIMD_LINE_BITS)
#define SIMD_ACROSS_SHIFT (TAPS_BITS + SIMD_LINE_BITS)

extern const struct simd simd_plain, simd_sse41, simd_avx2, simd_neon;

static inline unsigned char simd_byte(int32_t value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Sum up the pixel `x` of the result, the rounding already in. */
static inline void simd_sum(const int16_t *line, int left, const struct taps *taps, int x,
	int channels, int32_t sums[4])
{
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;

	line += (ptrdiff_t)(taps->first[x] - left) * channels;
	for (int c = 0; c < channels; c++)
		sums[c] = 1 << (SIMD_ACROSS_SHIFT - 1);
	for (int k = 0; k < taps->count[x]; k++, line += channels)
		for (int c = 0; c < channels; c++)
			sums[c] += weights[k] * line[c];
}

static inline void simd_finish(const int32_t *sums, unsigned char *pixel, int channels)
{
	for (int c = 0; c < channels; c++)
		pixel[c] = simd_byte(sums[c] >> SIMD_ACROSS_SHIFT);
}

static inline void simd_finish_weighed(const int32_t *sums, unsigned char *pixel, int channels)
{
	int32_t alpha = sums[channels - 1];
	unsigned char seen = simd_byte(alpha >> SIMD_ACROSS_SHIFT);
	float share = seen ? 255.0f / (float)alpha : 0;

	for (int c = 0; c < channels - 1; c++)
		pixel[c] = simd_byte((int32_t)((float)sums[c] * share + 0.5f));
	pixel[channels - 1] = seen;
}

/* What is added to the sum of 4 before it is divided, for pixel `x`. */
static inline int simd_halve_rounding(size_t x)
{
	return 1 + (int)(x & 1);
}

#endif
