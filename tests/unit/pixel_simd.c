#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pixel/kernel.h"
#include "pixel/simd.h"
#include "pixel/taps.h"
#include "test.h"

/* Every implementation gives the bytes that the plain one gives, and writes no further than its
 * slack. */

#define ROUNDS 300
#define ROWS 40
#define MOST 700

static unsigned seed = 1;

static unsigned any(unsigned most)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % (most + 1);
}

static void fill(unsigned char *bytes, size_t size)
{
	unsigned extreme = any(3);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(extreme ? any(255) : 255 * any(1));
}

static unsigned char *noise(size_t size)
{
	unsigned char *bytes = calloc(size + 2 * SIMD_SLACK, 1);

	assert_non_null(bytes);
	fill(bytes, size + SIMD_SLACK);
	return bytes;
}

static struct taps any_taps(int from, int to)
{
	struct taps taps = {0};
	struct kernel_table table;
	struct error err = {0};
	double start = any(1000) / 1000.0 * from / 2, room = from - start;
	struct taps_line line = {from, any(1) ? 1 : 0.5, any(1) ? 0 : start,
		any(1) ? room : room * (1 + any(100)) / 101};

	kernel_init(&table, (enum kernel)any(KERNEL_BOX));
	assert_int_equal(taps_init(&taps, &table, &line, to, &err), 0);
	return taps;
}

TEST(a_line_of_rows_is_the_same_everywhere)
{
	for (int round = 0; round < ROUNDS; round++) {
		const unsigned char *rows[ROWS + 1];
		size_t samples = 1 + any(MOST);
		struct taps taps = any_taps(1 + (int)any(ROWS - 1), 1 + (int)any(30));
		int16_t *right = calloc(samples + SIMD_SLACK, sizeof(*right));
		int16_t *is = calloc(samples + SIMD_SLACK, sizeof(*is));

		for (int i = 0; i <= ROWS; i++)
			rows[i] = noise(samples);
		for (int i = 0; i < taps.samples; i++) {
			const int16_t *weights = taps.weights + (size_t)i * taps.stride;
			int count = (taps.count[i] + 1) & ~1;

			simd_nth(0)->down(rows, weights, count, right, samples);
			for (int n = 1; simd_nth(n); n++) {
				simd_nth(n)->down(rows, weights, count, is, samples);
				assert_memory_equal(is, right, samples * sizeof(*is));
			}
		}
		for (int i = 0; i <= ROWS; i++) {
			union {
				const unsigned char *borrowed;
				unsigned char *mine;
			} row = {rows[i]};

			free(row.mine);
		}
		taps_release(&taps);
		free(right);
		free(is);
	}
}

static void compare_across(const struct taps *taps, const int16_t *line, int channels)
{
	size_t size = (size_t)taps->samples * (size_t)channels;
	unsigned char *right = noise(size), *is = noise(size);

	for (int weighed = 0; weighed <= (channels % 2 == 0); weighed++) {
		(weighed ? simd_nth(0)->across_weighed : simd_nth(0)->across)(
			line, taps->first[0], taps, channels, right);
		for (int n = 1; simd_nth(n); n++) {
			unsigned char guard = is[size + SIMD_SLACK];

			(weighed ? simd_nth(n)->across_weighed : simd_nth(n)->across)(
				line, taps->first[0], taps, channels, is);
			assert_memory_equal(is, right, size);
			assert_int_equal(is[size + SIMD_SLACK], guard);
		}
	}
	free(right);
	free(is);
}

TEST(a_row_of_a_line_is_the_same_everywhere)
{
	for (int round = 0; round < ROUNDS; round++) {
		int from = 1 + (int)any(MOST), to = 1 + (int)any(any(1) ? 50 : MOST);
		struct taps taps = any_taps(from, to);
		int16_t *line = calloc((size_t)from * 4 + SIMD_SLACK, sizeof(*line));

		for (size_t i = 0; i < (size_t)from * 4; i++)
			line[i] = (int16_t)((int)any(32767) - 8192);
		for (int channels = 1; channels <= 4; channels++)
			compare_across(&taps, line, channels);
		taps_release(&taps);
		free(line);
	}
}

TEST(halves_and_products_with_alpha_are_the_same_everywhere)
{
	for (int round = 0; round < ROUNDS; round++) {
		size_t pixels = 1 + any(MOST);
		unsigned char *upper = noise(pixels * 8), *lower = noise(pixels * 8);
		unsigned char *right = noise(pixels * 4), *is = noise(pixels * 4);

		for (int channels = 1; channels <= 4; channels++)
			for (int n = 1; simd_nth(n); n++) {
				size_t size = pixels * (size_t)channels;

				simd_nth(0)->halve(upper, lower, right, pixels, channels);
				simd_nth(n)->halve(upper, lower, is, pixels, channels);
				assert_memory_equal(is, right, size);
				if (channels % 2)
					continue;
				simd_nth(0)->weigh(upper, right, pixels, channels);
				simd_nth(n)->weigh(upper, is, pixels, channels);
				assert_memory_equal(is, right, size);
			}
		free(upper);
		free(lower);
		free(right);
		free(is);
	}
}

TEST(the_best_is_one_of_those_there_are)
{
	int found = 0;

	for (int n = 0; simd_nth(n); n++)
		found += simd_nth(n) == simd_best();
	assert_int_equal(found, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_rows_is_the_same_everywhere),
		cmocka_unit_test(a_row_of_a_line_is_the_same_everywhere),
		cmocka_unit_test(halves_and_products_with_alpha_are_the_same_everywhere),
		cmocka_unit_test(the_best_is_one_of_those_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
