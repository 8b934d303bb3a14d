#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "test.h"

enum { SIZE = 16, MANY = 1000 };

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, SIZE);
}

TEST(no_bytes_come_twice)
{
	static unsigned char bytes[MANY][SIZE];

	for (int i = 0; i < MANY; i++)
		random_fill(bytes[i], SIZE);
	qsort(bytes, MANY, SIZE, compare);
	for (int i = 1; i < MANY; i++)
		assert_memory_not_equal(bytes[i - 1], bytes[i], SIZE);
}

TEST(all_bytes_are_filled_however_many_are_asked_for)
{
	static unsigned char bytes[5000];

	for (size_t size = 0; size < sizeof(bytes); size += 1 + size / 3) {
		int zeros = 0;

		memset(bytes, 0, sizeof(bytes));
		for (int i = 0; i < 8; i++) {
			unsigned char more[sizeof(bytes)];

			random_fill(more, size);
			for (size_t j = 0; j < size; j++)
				bytes[j] |= more[j];
		}
		for (size_t j = 0; j < sizeof(bytes); j++)
			zeros += bytes[j] == 0;
		assert_int_equal(zeros, sizeof(bytes) - size);
	}
}

TEST(a_fraction_is_at_least_0_and_less_than_1)
{
	double least = 1, most = 0;

	for (int i = 0; i < MANY; i++) {
		double fraction = random_fraction();

		least = fraction < least ? fraction : least;
		most = fraction > most ? fraction : most;
	}
	assert_true(least >= 0 && least < 0.5);
	assert_true(most > 0.5 && most < 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_bytes_come_twice),
		cmocka_unit_test(all_bytes_are_filled_however_many_are_asked_for),
		cmocka_unit_test(a_fraction_is_at_least_0_and_less_than_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
