#include "pixel/alpha.h"
#include "pixel/simd_loops.h"

/* Samples worked on at a time, so that their sums stay in registers or nearby. */
#define BLOCK 64

static int16_t to_sample(int32_t value)
{
	return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

static void down_block(const unsigned char *const *rows, const int16_t *weights, int count,
	int16_t *line, size_t from, size_t samples)
{
	int32_t sums[BLOCK];

	for (size_t i = 0; i < samples; i++)
		sums[i] = 1 << (SIMD_DOWN_SHIFT - 1);
	for (int k = 0; k < count; k++)
		for (size_t i = 0; i < samples; i++)
			sums[i] += weights[k] * rows[k][from + i];
	for (size_t i = 0; i < samples; i++)
		line[from + i] = to_sample(sums[i] >> SIMD_DOWN_SHIFT);
}

static void down(const unsigned char *const *rows, const int16_t *weights, int count, int16_t *line,
	size_t samples)
{
	for (size_t x = 0; x < samples; x += BLOCK)
		down_block(
			rows, weights, count, line, x, samples - x < BLOCK ? samples - x : BLOCK);
}

/* `channels` is a constant where this is called. */
static inline void across_channels(const int16_t *line, int left, const struct taps *taps,
	unsigned char *row, int channels, int weighed)
{
	for (int x = 0; x < taps->samples; x++, row += channels) {
		int32_t sums[4];

		simd_sum(line, left, taps, x, channels, sums);
		if (weighed)
			simd_finish_weighed(sums, row, channels);
		else
			simd_finish(sums, row, channels);
	}
}

static void across(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	if (channels == 1)
		across_channels(line, left, taps, row, 1, 0);
	else if (channels == 2)
		across_channels(line, left, taps, row, 2, 0);
	else if (channels == 3)
		across_channels(line, left, taps, row, 3, 0);
	else
		across_channels(line, left, taps, row, 4, 0);
}

static void across_weighed(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	if (channels == 2)
		across_channels(line, left, taps, row, 2, 1);
	else
		across_channels(line, left, taps, row, 4, 1);
}

static inline void halve_channels(const unsigned char *upper, const unsigned char *lower,
	unsigned char *row, size_t pixels, int channels)
{
	for (size_t x = 0; x < pixels; x++) {
		for (int c = 0; c < channels; c++) {
			int sum = upper[c] + upper[c + channels] + lower[c] + lower[c + channels];

			row[c] = (unsigned char)((sum + simd_halve_rounding(x)) >> 2);
		}
		upper += 2 * channels;
		lower += 2 * channels;
		row += channels;
	}
}

static void halve(const unsigned char *upper, const unsigned char *lower, unsigned char *row,
	size_t pixels, int channels)
{
	if (channels == 1)
		halve_channels(upper, lower, row, pixels, 1);
	else if (channels == 2)
		halve_channels(upper, lower, row, pixels, 2);
	else if (channels == 3)
		halve_channels(upper, lower, row, pixels, 3);
	else
		halve_channels(upper, lower, row, pixels, 4);
}

static void weigh(const unsigned char *from, unsigned char *row, size_t pixels, int channels)
{
	alpha_multiply(from, row, pixels, channels);
}

const struct simd simd_plain = {"plain", down, across, across_weighed, halve, weigh};
