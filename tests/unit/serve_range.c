#include <stdint.h>

#include "serve/range.h"
#include "test.h"

static void expect_part(const char *header, uint64_t bytes, uint64_t first, uint64_t count)
{
	uint64_t found_first = UINT64_MAX, found_count = UINT64_MAX;

	assert_int_equal(range_read(header, bytes, &found_first, &found_count), RANGE_PART);
	assert_int_equal(found_first, first);
	assert_int_equal(found_count, count);
}

static void expect(enum range expected, const char *header, uint64_t bytes)
{
	uint64_t first, count;

	if (range_read(header, bytes, &first, &count) != expected)
		fail_msg("%s of %ju", header ? header : "none", (uintmax_t)bytes);
}

TEST(a_range_is_cut_at_the_end_of_the_file)
{
	expect_part("bytes=0-0", 10, 0, 1);
	expect_part("bytes=0-9", 10, 0, 10);
	expect_part("bytes=3-5", 10, 3, 3);
	expect_part("bytes=3-", 10, 3, 7);
	expect_part("bytes=3-10", 10, 3, 7);
	expect_part("bytes=9-99999999999999999999999999", 10, 9, 1);
	expect_part("Bytes=3-5", 10, 3, 3);
}

TEST(a_range_may_count_from_the_end)
{
	expect_part("bytes=-1", 10, 9, 1);
	expect_part("bytes=-10", 10, 0, 10);
	expect_part("bytes=-11", 10, 0, 10);
	expect_part("bytes=-99999999999999999999999999", 10, 0, 10);
}

TEST(a_range_of_nothing_that_is_there_is_none)
{
	expect(RANGE_NONE, "bytes=10-", 10);
	expect(RANGE_NONE, "bytes=10-20", 10);
	expect(RANGE_NONE, "bytes=99999999999999999999999999-", 10);
	expect(RANGE_NONE, "bytes=-0", 10);
	expect(RANGE_NONE, "bytes=0-", 0);
	expect(RANGE_NONE, "bytes=-1", 0);
}

TEST(what_is_no_single_range_is_all)
{
	expect(RANGE_ALL, 0, 10);
	expect(RANGE_ALL, "", 10);
	expect(RANGE_ALL, "bytes=", 10);
	expect(RANGE_ALL, "bytes=-", 10);
	expect(RANGE_ALL, "bytes=5-3", 10);
	expect(RANGE_ALL, "bytes=0-1,3-4", 10);
	expect(RANGE_ALL, "bytes=0-1 ", 10);
	expect(RANGE_ALL, "bytes= 0-1", 10);
	expect(RANGE_ALL, "bytes=+1-2", 10);
	expect(RANGE_ALL, "bytes=1", 10);
	expect(RANGE_ALL, "lines=0-1", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_cut_at_the_end_of_the_file),
		cmocka_unit_test(a_range_may_count_from_the_end),
		cmocka_unit_test(a_range_of_nothing_that_is_there_is_none),
		cmocka_unit_test(what_is_no_single_range_is_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
