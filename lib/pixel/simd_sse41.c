#include "pixel/simd_loops.h"

#if defined(__x86_64__)

#include <smmintrin.h>
#include <string.h>

#define SSE41 __attribute__((target("sse4.1")))

static SSE41 __m128i load(const void *at)
{
	return _mm_loadu_si128((const __m128i *)at);
}

static SSE41 void store(void *at, __m128i vector)
{
	_mm_storeu_si128((__m128i *)at, vector);
}

/* Add 16 samples of two rows, each row with its weight, to four sums of 4. */
static inline SSE41 void add_rows(__m128i upper, __m128i lower, __m128i weights, __m128i sums[4])
{
	const __m128i zero = _mm_setzero_si128();
	__m128i low = _mm_unpacklo_epi8(upper, lower), high = _mm_unpackhi_epi8(upper, lower);

	sums[0] = _mm_add_epi32(sums[0], _mm_madd_epi16(_mm_unpacklo_epi8(low, zero), weights));
	sums[1] = _mm_add_epi32(sums[1], _mm_madd_epi16(_mm_unpackhi_epi8(low, zero), weights));
	sums[2] = _mm_add_epi32(sums[2], _mm_madd_epi16(_mm_unpacklo_epi8(high, zero), weights));
	sums[3] = _mm_add_epi32(sums[3], _mm_madd_epi16(_mm_unpackhi_epi8(high, zero), weights));
}

static SSE41 __m128i pair_of_weights(const int16_t *weights)
{
	int32_t pair;

	memcpy(&pair, weights, sizeof(pair));
	return _mm_set1_epi32(pair);
}

static SSE41 void down(const unsigned char *const *rows, const int16_t *weights, int count,
	int16_t *line, size_t samples)
{
	const __m128i half = _mm_set1_epi32(1 << (SIMD_DOWN_SHIFT - 1));

	for (size_t x = 0; x < samples; x += 16) {
		__m128i sums[4] = {half, half, half, half};

		for (int k = 0; k < count; k += 2)
			add_rows(load(rows[k] + x), load(rows[k + 1] + x),
				pair_of_weights(weights + k), sums);
		for (int i = 0; i < 4; i++)
			sums[i] = _mm_srai_epi32(sums[i], SIMD_DOWN_SHIFT);
		store(line + x, _mm_packs_epi32(sums[0], sums[1]));
		store(line + x + 8, _mm_packs_epi32(sums[2], sums[3]));
	}
}

/* Store a pixel of four sums of which the rounding is not in yet. */
static SSE41 void store_pixel(__m128i sums, unsigned char *pixel)
{
	int32_t bytes;

	sums = _mm_add_epi32(sums, _mm_set1_epi32(1 << (SIMD_ACROSS_SHIFT - 1)));
	sums = _mm_srai_epi32(sums, SIMD_ACROSS_SHIFT);
	sums = _mm_packs_epi32(sums, sums);
	bytes = _mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
	memcpy(pixel, &bytes, sizeof(bytes));
}

static inline SSE41 __m128i sum_gray(const int16_t *line, int left, const struct taps *taps, int x)
{
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;
	__m128i sum = _mm_setzero_si128();

	line += taps->first[x] - left;
	for (int k = 0; k < taps->count[x]; k += 8)
		sum = _mm_add_epi32(sum, _mm_madd_epi16(load(line + k), load(weights + k)));
	return sum;
}

static SSE41 void across_gray(
	const int16_t *line, int left, const struct taps *taps, unsigned char *row)
{
	int x = 0;

	for (; x + 4 <= taps->samples; x += 4) {
		__m128i a = sum_gray(line, left, taps, x), b = sum_gray(line, left, taps, x + 1);
		__m128i c = sum_gray(line, left, taps, x + 2),
			d = sum_gray(line, left, taps, x + 3);

		store_pixel(_mm_hadd_epi32(_mm_hadd_epi32(a, b), _mm_hadd_epi32(c, d)), row + x);
	}
	for (; x < taps->samples; x++) {
		int32_t sum[4];

		simd_sum(line, left, taps, x, 1, sum);
		simd_finish(sum, row + x, 1);
	}
}

/* Put the samples of two pixels side by side, channel by channel. */
static SSE41 __m128i pairs(int channels)
{
	char order[16];

	for (int i = 0; i < 16; i++) {
		int channel = i / 4, second = i / 2 % 2;

		order[i] = (char)(2 * (channel + second * channels) + i % 2);
	}
	return load(order);
}

/* Sum up a pixel, two taps at a time; the rounding is not in yet. */
static inline SSE41 __m128i sum_pixel(
	const int16_t *line, int left, const struct taps *taps, int x, int channels, __m128i order)
{
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;
	__m128i sum = _mm_setzero_si128();

	line += (ptrdiff_t)(taps->first[x] - left) * channels;
	for (int k = 0; k < taps->count[x]; k += 2)
		sum = _mm_add_epi32(sum,
			_mm_madd_epi16(_mm_shuffle_epi8(load(line + k * channels), order),
				pair_of_weights(weights + k)));
	return sum;
}

static inline SSE41 void across_pixels(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	const __m128i order = pairs(channels);

	for (int x = 0; x < taps->samples; x++)
		store_pixel(sum_pixel(line, left, taps, x, channels, order),
			row + (ptrdiff_t)x * channels);
}

static SSE41 void across(
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

/* As simd_finish_weighed(), for 4 channels. */
static SSE41 void store_weighed(__m128i sums, unsigned char *pixel)
{
	const __m128i only_alpha = _mm_setr_epi32(0, 0, 0, -1);
	__m128i seen, alpha, colors;
	__m128 share;

	sums = _mm_add_epi32(sums, _mm_set1_epi32(1 << (SIMD_ACROSS_SHIFT - 1)));
	alpha = _mm_shuffle_epi32(sums, 0xff);
	seen = _mm_srai_epi32(alpha, SIMD_ACROSS_SHIFT);
	share = _mm_div_ps(_mm_set1_ps(255.0f), _mm_cvtepi32_ps(alpha));
	share = _mm_and_ps(share, _mm_castsi128_ps(_mm_cmpgt_epi32(seen, _mm_setzero_si128())));
	colors = _mm_cvttps_epi32(
		_mm_add_ps(_mm_mul_ps(_mm_cvtepi32_ps(sums), share), _mm_set1_ps(0.5f)));
	colors = _mm_blendv_epi8(colors, seen, only_alpha);
	colors = _mm_packs_epi32(colors, colors);
	colors = _mm_packus_epi16(colors, colors);
	memcpy(pixel, &(int32_t){_mm_cvtsi128_si32(colors)}, 4);
}

static SSE41 void across_weighed(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	const __m128i order = pairs(4);

	if (channels != 4) {
		simd_plain.across_weighed(line, left, taps, channels, row);
		return;
	}
	for (int x = 0; x < taps->samples; x++)
		store_weighed(sum_pixel(line, left, taps, x, 4, order), row + (ptrdiff_t)x * 4);
}

/* Divide sums of 4 samples by 4, rounded as simd_halve_rounding() has it. */
static SSE41 __m128i quarter(__m128i sums, __m128i rounding)
{
	return _mm_srli_epi16(_mm_add_epi16(sums, rounding), 2);
}

/* Return the means of 8 pairs of neighbours in two rows. */
static SSE41 __m128i mean_gray(const unsigned char *upper, const unsigned char *lower)
{
	const __m128i one = _mm_set1_epi8(1);

	return quarter(_mm_add_epi16(_mm_maddubs_epi16(load(upper), one),
			       _mm_maddubs_epi16(load(lower), one)),
		_mm_set1_epi32(0x00020001));
}

/* The same for 2 pairs of pixels of 4 channels. */
static SSE41 __m128i mean_pixels(const unsigned char *upper, const unsigned char *lower)
{
	const long long one = 0x0001000100010001, two = 2 * one;
	const __m128i zero = _mm_setzero_si128();
	__m128i above = load(upper), below = load(lower);
	__m128i low = _mm_add_epi16(_mm_unpacklo_epi8(above, zero), _mm_unpacklo_epi8(below, zero));
	__m128i high =
		_mm_add_epi16(_mm_unpackhi_epi8(above, zero), _mm_unpackhi_epi8(below, zero));

	return quarter(_mm_add_epi16(_mm_unpacklo_epi64(low, high), _mm_unpackhi_epi64(low, high)),
		_mm_set_epi64x(two, one));
}

static SSE41 void halve(const unsigned char *upper, const unsigned char *lower, unsigned char *row,
	size_t pixels, int channels)
{
	if (channels == 1) {
		for (size_t x = 0; x < pixels; x += 16)
			store(row + x,
				_mm_packus_epi16(mean_gray(upper + 2 * x, lower + 2 * x),
					mean_gray(upper + 2 * x + 16, lower + 2 * x + 16)));
	} else if (channels == 4) {
		for (size_t x = 0; x < pixels; x += 4)
			store(row + 4 * x,
				_mm_packus_epi16(mean_pixels(upper + 8 * x, lower + 8 * x),
					mean_pixels(upper + 8 * x + 16, lower + 8 * x + 16)));
	} else {
		simd_plain.halve(upper, lower, row, pixels, channels);
	}
}

/* Multiply 2 pixels, widened, by their alpha: as alpha_times() rounds. */
static SSE41 __m128i times_alpha(__m128i wide)
{
	__m128i alpha = _mm_shufflehi_epi16(_mm_shufflelo_epi16(wide, 0xff), 0xff);
	__m128i product = _mm_add_epi16(_mm_mullo_epi16(wide, alpha), _mm_set1_epi16(128));

	return _mm_srli_epi16(_mm_add_epi16(product, _mm_srli_epi16(product, 8)), 8);
}

static SSE41 void weigh(const unsigned char *from, unsigned char *row, size_t pixels, int channels)
{
	const __m128i zero = _mm_setzero_si128(), alpha = _mm_set1_epi32((int)0xff000000u);

	if (channels != 4) {
		simd_plain.weigh(from, row, pixels, channels);
		return;
	}
	for (size_t x = 0; x < pixels; x += 4) {
		__m128i straight = load(from + 4 * x);
		__m128i low = times_alpha(_mm_unpacklo_epi8(straight, zero));
		__m128i high = times_alpha(_mm_unpackhi_epi8(straight, zero));

		store(row + 4 * x, _mm_blendv_epi8(_mm_packus_epi16(low, high), straight, alpha));
	}
}

const struct simd simd_sse41 = {"SSE4.1", down, across, across_weighed, halve, weigh};

#endif
