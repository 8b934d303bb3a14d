#include "pixel/simd_loops.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

static int16x4_t narrow(int32x4_t sums)
{
	return vqshrn_n_s32(sums, SIMD_DOWN_SHIFT);
}

static void down(const unsigned char *const *rows, const int16_t *weights, int count, int16_t *line,
	size_t samples)
{
	const int32x4_t half = vdupq_n_s32(1 << (SIMD_DOWN_SHIFT - 1));

	for (size_t x = 0; x < samples; x += 16) {
		int32x4_t sums[4] = {half, half, half, half};

		for (int k = 0; k < count; k++) {
			uint8x16_t row = vld1q_u8(rows[k] + x);
			int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(row)));
			int16x8_t high = vreinterpretq_s16_u16(vmovl_high_u8(row));

			sums[0] = vmlal_n_s16(sums[0], vget_low_s16(low), weights[k]);
			sums[1] = vmlal_high_n_s16(sums[1], low, weights[k]);
			sums[2] = vmlal_n_s16(sums[2], vget_low_s16(high), weights[k]);
			sums[3] = vmlal_high_n_s16(sums[3], high, weights[k]);
		}
		vst1q_s16(line + x, vcombine_s16(narrow(sums[0]), narrow(sums[1])));
		vst1q_s16(line + x + 8, vcombine_s16(narrow(sums[2]), narrow(sums[3])));
	}
}

static void across_gray(const int16_t *line, int left, const struct taps *taps, unsigned char *row)
{
	for (int x = 0; x < taps->samples; x++) {
		const int16_t *weights = taps->weights + (size_t)x * taps->stride;
		const int16_t *at = line + taps->first[x] - left;
		int32x4_t sums = vdupq_n_s32(0);

		for (int k = 0; k < taps->count[x]; k += 8) {
			int16x8_t samples = vld1q_s16(at + k), eight = vld1q_s16(weights + k);

			sums = vmlal_s16(sums, vget_low_s16(samples), vget_low_s16(eight));
			sums = vmlal_high_s16(sums, samples, eight);
		}
		simd_finish(
			&(int32_t){vaddvq_s32(sums) + (1 << (SIMD_ACROSS_SHIFT - 1))}, row + x, 1);
	}
}

/* Sum up a pixel, the rounding already in. */
static inline int32x4_t sum_pixel(
	const int16_t *line, int left, const struct taps *taps, int x, int channels)
{
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;
	int32x4_t sums = vdupq_n_s32(1 << (SIMD_ACROSS_SHIFT - 1));

	line += (ptrdiff_t)(taps->first[x] - left) * channels;
	for (int k = 0; k < taps->count[x]; k++, line += channels)
		sums = vmlal_n_s16(sums, vld1_s16(line), weights[k]);
	return sums;
}

static void store_bytes(int32x4_t values, unsigned char *pixel)
{
	uint16x4_t narrowed = vqmovun_s32(values);
	uint8x8_t bytes = vqmovn_u16(vcombine_u16(narrowed, narrowed));

	memcpy(pixel, &(uint32_t){vget_lane_u32(vreinterpret_u32_u8(bytes), 0)}, 4);
}

static inline void across_pixels(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	for (int x = 0; x < taps->samples; x++)
		store_bytes(
			vshrq_n_s32(sum_pixel(line, left, taps, x, channels), SIMD_ACROSS_SHIFT),
			row + (ptrdiff_t)x * channels);
}

static void across(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	if (channels == 1)
		across_gray(line, left, taps, row);
	else if (channels == 2)
		across_pixels(line, left, taps, 2, row);
	else if (channels == 3)
		across_pixels(line, left, taps, 3, row);
	else
		across_pixels(line, left, taps, 4, row);
}

static void across_weighed(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	if (channels != 4) {
		simd_plain.across_weighed(line, left, taps, channels, row);
		return;
	}
	for (int x = 0; x < taps->samples; x++) {
		int32x4_t sums = sum_pixel(line, left, taps, x, 4);
		int32_t alpha = vgetq_lane_s32(sums, 3), seen = alpha >> SIMD_ACROSS_SHIFT;
		float share = seen > 0 ? 255.0f / (float)alpha : 0;
		float32x4_t colors =
			vaddq_f32(vmulq_n_f32(vcvtq_f32_s32(sums), share), vdupq_n_f32(0.5f));

		store_bytes(vsetq_lane_s32(seen, vcvtq_s32_f32(colors), 3), row + (ptrdiff_t)x * 4);
	}
}

/* Divide sums of 4 samples by 4, rounded as simd_halve_rounding() has it. */
static uint8x8_t quarter(uint16x8_t sums, uint16x8_t rounding)
{
	return vshrn_n_u16(vaddq_u16(sums, rounding), 2);
}

/* Return the means of 8 pairs of neighbours in two rows. */
static uint8x8_t mean_gray(const unsigned char *upper, const unsigned char *lower)
{
	return quarter(vpadalq_u8(vpaddlq_u8(vld1q_u8(upper)), vld1q_u8(lower)),
		vreinterpretq_u16_u32(vdupq_n_u32(0x00020001)));
}

/* The same for 2 pairs of pixels of 4 channels. */
static uint8x8_t mean_pixels(const unsigned char *upper, const unsigned char *lower)
{
	uint8x16_t above = vld1q_u8(upper), below = vld1q_u8(lower);
	uint16x8_t low = vaddl_u8(vget_low_u8(above), vget_low_u8(below));
	uint16x8_t high = vaddl_high_u8(above, below);
	uint16x8_t sums = vaddq_u16(vreinterpretq_u16_u64(vzip1q_u64(vreinterpretq_u64_u16(low),
					    vreinterpretq_u64_u16(high))),
		vreinterpretq_u16_u64(
			vzip2q_u64(vreinterpretq_u64_u16(low), vreinterpretq_u64_u16(high))));

	return quarter(sums, vcombine_u16(vdup_n_u16(1), vdup_n_u16(2)));
}

static void halve(const unsigned char *upper, const unsigned char *lower, unsigned char *row,
	size_t pixels, int channels)
{
	if (channels == 1) {
		for (size_t x = 0; x < pixels; x += 8)
			vst1_u8(row + x, mean_gray(upper + 2 * x, lower + 2 * x));
	} else if (channels == 4) {
		for (size_t x = 0; x < pixels; x += 2)
			vst1_u8(row + 4 * x, mean_pixels(upper + 8 * x, lower + 8 * x));
	} else {
		simd_plain.halve(upper, lower, row, pixels, channels);
	}
}

/* As alpha_times() rounds. */
static uint8x8_t times(uint8x8_t color, uint8x8_t alpha)
{
	uint16x8_t product = vaddq_u16(vmull_u8(color, alpha), vdupq_n_u16(128));

	return vaddhn_u16(product, vshrq_n_u16(product, 8));
}

static void weigh(const unsigned char *from, unsigned char *row, size_t pixels, int channels)
{
	if (channels != 4) {
		simd_plain.weigh(from, row, pixels, channels);
		return;
	}
	for (size_t x = 0; x < pixels; x += 8) {
		uint8x8x4_t eight = vld4_u8(from + 4 * x);

		for (int c = 0; c < 3; c++)
			eight.val[c] = times(eight.val[c], eight.val[3]);
		vst4_u8(row + 4 * x, eight);
	}
}

const struct simd simd_neon = {"NEON", down, across, across_weighed, halve, weigh};

#endif
