#include "pixel/simd_loops.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

static AVX2 __m256i load(const void *at)
{
	return _mm256_loadu_si256((const __m256i *)at);
}

static AVX2 void store(void *at, __m256i vector)
{
	_mm256_storeu_si256((__m256i *)at, vector);
}

/* Add 32 samples of two rows, each row with its weight, to four sums of 8. */
static inline AVX2 void add_rows(__m256i upper, __m256i lower, __m256i weights, __m256i sums[4])
{
	const __m256i zero = _mm256_setzero_si256();
	__m256i low = _mm256_unpacklo_epi8(upper, lower);
	__m256i high = _mm256_unpackhi_epi8(upper, lower);

	sums[0] = _mm256_add_epi32(
		sums[0], _mm256_madd_epi16(_mm256_unpacklo_epi8(low, zero), weights));
	sums[1] = _mm256_add_epi32(
		sums[1], _mm256_madd_epi16(_mm256_unpackhi_epi8(low, zero), weights));
	sums[2] = _mm256_add_epi32(
		sums[2], _mm256_madd_epi16(_mm256_unpacklo_epi8(high, zero), weights));
	sums[3] = _mm256_add_epi32(
		sums[3], _mm256_madd_epi16(_mm256_unpackhi_epi8(high, zero), weights));
}

static AVX2 __m256i pair_of_weights(const int16_t *weights)
{
	int32_t pair;

	memcpy(&pair, weights, sizeof(pair));
	return _mm256_set1_epi32(pair);
}

static AVX2 void down(const unsigned char *const *rows, const int16_t *weights, int count,
	int16_t *line, size_t samples)
{
	const __m256i half = _mm256_set1_epi32(1 << (SIMD_DOWN_SHIFT - 1));

	for (size_t x = 0; x < samples; x += 32) {
		__m256i sums[4] = {half, half, half, half}, low, high;

		for (int k = 0; k < count; k += 2)
			add_rows(load(rows[k] + x), load(rows[k + 1] + x),
				pair_of_weights(weights + k), sums);
		for (int i = 0; i < 4; i++)
			sums[i] = _mm256_srai_epi32(sums[i], SIMD_DOWN_SHIFT);
		/* each lane holds its own: 0-7 and 16-23, 8-15 and 24-31 */
		low = _mm256_packs_epi32(sums[0], sums[1]);
		high = _mm256_packs_epi32(sums[2], sums[3]);
		store(line + x, _mm256_permute2x128_si256(low, high, 0x20));
		store(line + x + 16, _mm256_permute2x128_si256(low, high, 0x31));
	}
}

static AVX2 __m128i add_halves(__m256i vector)
{
	return _mm_add_epi32(_mm256_castsi256_si128(vector), _mm256_extracti128_si256(vector, 1));
}

/* Store a pixel of four sums of which the rounding is not in yet. */
static AVX2 void store_pixel(__m128i sums, unsigned char *pixel)
{
	int32_t bytes;

	sums = _mm_add_epi32(sums, _mm_set1_epi32(1 << (SIMD_ACROSS_SHIFT - 1)));
	sums = _mm_srai_epi32(sums, SIMD_ACROSS_SHIFT);
	sums = _mm_packs_epi32(sums, sums);
	bytes = _mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
	memcpy(pixel, &bytes, sizeof(bytes));
}

static inline AVX2 __m256i sum_gray(const int16_t *line, int left, const struct taps *taps, int x)
{
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;
	__m256i sum = _mm256_setzero_si256();

	line += taps->first[x] - left;
	for (int k = 0; k < taps->count[x]; k += 16)
		sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load(line + k), load(weights + k)));
	return sum;
}

static AVX2 void across_gray(
	const int16_t *line, int left, const struct taps *taps, unsigned char *row)
{
	int x = 0;

	for (; x + 4 <= taps->samples; x += 4) {
		__m256i a = sum_gray(line, left, taps, x), b = sum_gray(line, left, taps, x + 1);
		__m256i c = sum_gray(line, left, taps, x + 2),
			d = sum_gray(line, left, taps, x + 3);

		store_pixel(add_halves(_mm256_hadd_epi32(
				    _mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d))),
			row + x);
	}
	for (; x < taps->samples; x++) {
		int32_t sum[4];

		simd_sum(line, left, taps, x, 1, sum);
		simd_finish(sum, row + x, 1);
	}
}

/* Put the samples of two pixels side by side, channel by channel, in each lane. */
static AVX2 __m256i pairs(int channels)
{
	char order[32];

	for (int i = 0; i < 32; i++) {
		int channel = i % 16 / 4, second = i / 2 % 2;

		order[i] = (char)(2 * (channel + second * channels) + i % 2);
	}
	return load(order);
}

/* Sum up a pixel, four taps at a time; the rounding is not in yet. */
static inline AVX2 __m128i sum_pixel(
	const int16_t *line, int left, const struct taps *taps, int x, int channels, __m256i order)
{
	const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
	const int16_t *weights = taps->weights + (size_t)x * taps->stride;
	__m256i sum = _mm256_setzero_si256();

	line += (ptrdiff_t)(taps->first[x] - left) * channels;
	for (int k = 0; k < taps->count[x]; k += 4) {
		const int16_t *at = line + k * channels;
		__m128i first = _mm_loadu_si128((const __m128i *)at);
		__m128i next = _mm_loadu_si128((const __m128i *)(at + 2 * channels));
		__m128i four = _mm_loadl_epi64((const __m128i *)(weights + k));
		__m256i samples = _mm256_shuffle_epi8(_mm256_set_m128i(next, first), order);

		sum = _mm256_add_epi32(sum,
			_mm256_madd_epi16(samples,
				_mm256_permutevar8x32_epi32(_mm256_castsi128_si256(four), spread)));
	}
	return add_halves(sum);
}

static inline AVX2 void across_pixels(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	const __m256i order = pairs(channels);

	for (int x = 0; x < taps->samples; x++)
		store_pixel(sum_pixel(line, left, taps, x, channels, order),
			row + (ptrdiff_t)x * channels);
}

static AVX2 void across(
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
static AVX2 void store_weighed(__m128i sums, unsigned char *pixel)
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

static AVX2 void across_weighed(
	const int16_t *line, int left, const struct taps *taps, int channels, unsigned char *row)
{
	const __m256i order = pairs(4);

	if (channels != 4) {
		simd_plain.across_weighed(line, left, taps, channels, row);
		return;
	}
	for (int x = 0; x < taps->samples; x++)
		store_weighed(sum_pixel(line, left, taps, x, 4, order), row + (ptrdiff_t)x * 4);
}

/* Divide sums of 4 samples by 4, rounded as simd_halve_rounding() has it. */
static AVX2 __m256i quarter(__m256i sums, __m256i rounding)
{
	return _mm256_srli_epi16(_mm256_add_epi16(sums, rounding), 2);
}

/* Return the means of 16 pairs of neighbours in two rows. */
static AVX2 __m256i mean_gray(const unsigned char *upper, const unsigned char *lower)
{
	const __m256i one = _mm256_set1_epi8(1);

	return quarter(_mm256_add_epi16(_mm256_maddubs_epi16(load(upper), one),
			       _mm256_maddubs_epi16(load(lower), one)),
		_mm256_set1_epi32(0x00020001));
}

static AVX2 void halve_gray(
	const unsigned char *upper, const unsigned char *lower, unsigned char *row, size_t pixels)
{
	for (size_t x = 0; x < pixels; x += 32) {
		__m256i left = mean_gray(upper + 2 * x, lower + 2 * x);
		__m256i right = mean_gray(upper + 2 * x + 32, lower + 2 * x + 32);

		store(row + x, _mm256_permute4x64_epi64(_mm256_packus_epi16(left, right), 0xd8));
	}
}

/* The same for 4 pairs of pixels of 4 channels. */
static AVX2 __m256i mean_pixels(const unsigned char *upper, const unsigned char *lower)
{
	const long long one = 0x0001000100010001, two = 2 * one;
	const __m256i zero = _mm256_setzero_si256();
	__m256i above = load(upper), below = load(lower);
	__m256i low = _mm256_add_epi16(
		_mm256_unpacklo_epi8(above, zero), _mm256_unpacklo_epi8(below, zero));
	__m256i high = _mm256_add_epi16(
		_mm256_unpackhi_epi8(above, zero), _mm256_unpackhi_epi8(below, zero));

	return quarter(_mm256_add_epi16(
			       _mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high)),
		_mm256_set_epi64x(two, one, two, one));
}

static AVX2 void halve_pixels(
	const unsigned char *upper, const unsigned char *lower, unsigned char *row, size_t pixels)
{
	for (size_t x = 0; x < pixels; x += 8) {
		__m256i left = mean_pixels(upper + 8 * x, lower + 8 * x);
		__m256i right = mean_pixels(upper + 8 * x + 32, lower + 8 * x + 32);

		store(row + 4 * x,
			_mm256_permute4x64_epi64(_mm256_packus_epi16(left, right), 0xd8));
	}
}

static AVX2 void halve(const unsigned char *upper, const unsigned char *lower, unsigned char *row,
	size_t pixels, int channels)
{
	if (channels == 1)
		halve_gray(upper, lower, row, pixels);
	else if (channels == 4)
		halve_pixels(upper, lower, row, pixels);
	else
		simd_plain.halve(upper, lower, row, pixels, channels);
}

/* Multiply 4 pixels, widened, by their alpha: as alpha_times() rounds. */
static AVX2 __m256i times_alpha(__m256i wide)
{
	__m256i alpha = _mm256_shufflehi_epi16(_mm256_shufflelo_epi16(wide, 0xff), 0xff);
	__m256i product = _mm256_add_epi16(_mm256_mullo_epi16(wide, alpha), _mm256_set1_epi16(128));

	return _mm256_srli_epi16(_mm256_add_epi16(product, _mm256_srli_epi16(product, 8)), 8);
}

static AVX2 void weigh(const unsigned char *from, unsigned char *row, size_t pixels, int channels)
{
	const __m256i zero = _mm256_setzero_si256(), alpha = _mm256_set1_epi32((int)0xff000000u);

	if (channels != 4) {
		simd_plain.weigh(from, row, pixels, channels);
		return;
	}
	for (size_t x = 0; x < pixels; x += 8) {
		__m256i straight = load(from + 4 * x);
		__m256i low = times_alpha(_mm256_unpacklo_epi8(straight, zero));
		__m256i high = times_alpha(_mm256_unpackhi_epi8(straight, zero));

		store(row + 4 * x,
			_mm256_blendv_epi8(_mm256_packus_epi16(low, high), straight, alpha));
	}
}

const struct simd simd_avx2 = {"AVX2", down, across, across_weighed, halve, weigh};

#endif
