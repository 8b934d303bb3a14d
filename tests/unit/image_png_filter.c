#include "image/png_filter.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

#define MOST_PIXELS 40
#define ROOM (MOST_PIXELS * 8 + PNG_FILTER_SLACK)

static const size_t steps[] = {1, 2, 3, 4, 6, 8};

static unsigned seed = 1;

/* Bytes of all values, with many that are alike. */
static void fill(unsigned char *row, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1103515245 + 12345;
		row[i] = (unsigned char)(seed >> 30 ? (seed >> 16) % 4 * 85 : seed >> 16);
	}
}

/* The guess of the specification, in its words. */
static int guess(enum png_filter filter, int a, int b, int c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);

	switch (filter) {
	case PNG_SUB:
		return a;
	case PNG_UP:
		return b;
	case PNG_AVERAGE:
		return (a + b) / 2;
	case PNG_PAETH:
		return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
	default:
		return 0;
	}
}

static void filter_row(enum png_filter filter, const unsigned char *row, const unsigned char *above,
	unsigned char *filtered, size_t size, size_t step)
{
	for (size_t i = 0; i < size; i++)
		filtered[i] = (unsigned char)(row[i] -
			guess(filter, i < step ? 0 : row[i - step], above[i],
				i < step ? 0 : above[i - step]));
}

TEST(undoing_a_filter_gives_the_row_it_was_made_of)
{
	for (int filter = 0; filter < PNG_FILTERS; filter++)
		for (size_t k = 0; k < COUNT(steps); k++)
			for (size_t pixels = 1; pixels <= MOST_PIXELS; pixels++) {
				unsigned char row[ROOM], above[ROOM], is[ROOM] = {0};
				size_t size = pixels * steps[k];

				fill(row, size);
				fill(above, size);
				filter_row((enum png_filter)filter, row, above, is, size, steps[k]);
				png_filter_undo((enum png_filter)filter, is, above, size, steps[k]);
				assert_memory_equal(is, row, size);
			}
}

TEST(undoing_a_pair_gives_both_rows)
{
	for (size_t k = 0; k < COUNT(steps); k++)
		for (size_t pixels = 1; pixels <= MOST_PIXELS; pixels++) {
			unsigned char row[ROOM], next[ROOM], above[ROOM], is[2][ROOM] = {{0}};
			size_t size = pixels * steps[k];

			fill(row, size);
			fill(next, size);
			fill(above, size);
			filter_row(PNG_PAETH, row, above, is[0], size, steps[k]);
			filter_row(PNG_PAETH, next, row, is[1], size, steps[k]);
			png_filter_undo_pair(is[0], is[1], above, size, steps[k]);
			assert_memory_equal(is[0], row, size);
			assert_memory_equal(is[1], next, size);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(undoing_a_filter_gives_the_row_it_was_made_of),
		cmocka_unit_test(undoing_a_pair_gives_both_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
