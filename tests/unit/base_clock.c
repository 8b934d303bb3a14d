#include <string.h>

#include "base/clock.h"
#include "test.h"

/* Seconds as GNU date(1) gives them. */
static const struct {
	const char *text;
	int64_t seconds;
} times[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1969-12-31T23:59:59Z", -1},
	{"2026-01-02T03:04:05Z", 1767323045},
	{"2000-02-29T12:00:00Z", 951825600},
	{"2024-02-29T23:59:59Z", 1709251199},
	{"1900-03-01T00:00:00Z", -2203891200},
	{"2100-03-01T00:00:00Z", 4107542400},
	{"9999-12-31T23:59:59Z", 253402300799},
	{"0000-01-01T00:00:00Z", -62167219200},
	{"0000-02-29T12:00:00Z", -62162078400},
};

TEST(times_are_read_and_written_as_rfc_3339_has_them)
{
	for (size_t i = 0; i < COUNT(times); i++) {
		char text[CLOCK_TEXT];
		int64_t seconds;

		assert_int_equal(clock_parse(times[i].text, &seconds), 0);
		assert_int_equal(seconds, times[i].seconds);
		clock_format(times[i].seconds, text);
		assert_string_equal(text, times[i].text);
	}
}

TEST(every_day_of_four_centuries_comes_back)
{
	for (int64_t day = -200 * 365; day < 200 * 365; day++) {
		char text[CLOCK_TEXT];
		int64_t seconds;

		clock_format(day * 86400, text);
		assert_int_equal(clock_parse(text, &seconds), 0);
		assert_int_equal(seconds, day * 86400);
	}
}

TEST(a_time_without_a_year_of_four_digits_is_written_as_the_nearest_that_has_one)
{
	char text[CLOCK_TEXT];

	clock_format(253402300800, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	clock_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	clock_format(-62167219201, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	clock_format(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
}

TEST(milliseconds_are_written_as_a_fraction)
{
	char text[CLOCK_TEXT];

	clock_format_ms(1767323045678, text);
	assert_string_equal(text, "2026-01-02T03:04:05.678Z");
	clock_format_ms(1767323045007, text);
	assert_string_equal(text, "2026-01-02T03:04:05.007Z");
	clock_format_ms(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	assert_true(clock_machine_ms() / 1000 - clock_machine() <= 1);
	assert_true(clock_machine() - clock_machine_ms() / 1000 <= 1);
}

TEST(days_fractions_zones_and_seconds_are_read_too)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
		{"2026-01-02", 1767312000},
		{"2026-01-02T03:04:05.678Z", 1767323045},
		{"2026-01-02T03:04:05+00:00", 1767323045},
		{"2026-01-02T04:04:05+01:00", 1767323045},
		{"2026-01-01T21:34:05.5-05:30", 1767323045},
		{"1767323045", 1767323045},
		{"@1767323045", 1767323045},
		{"0", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t seconds;

		assert_int_equal(clock_parse(cases[i].text, &seconds), 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

TEST(what_is_no_time_is_refused)
{
	static const char *const wrong[] = {"", "@", "now", "-1", "1e9", "2026-", "2026-1-2",
		"2026-01-02T", "2026-01-02T03:04Z", "2026-01-02T03:04:05",
		"2026-01-02T03:04:05+1:00", "2026-01-02T03:04:05+01", "2026-01-02T03:04:05+01:00Z",
		"2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05-00:60",
		"2026-01-02T03:04:05 01:00", "2026-01-02T03:04:05Z ", "2026-13-01", "2026-00-01",
		"2026-02-29", "2100-02-29", "2026-04-31", "2026-01-00", "2026-01-02T24:00:00Z",
		"2026-01-02T00:60:00Z", "2026-01-02T00:00:61Z", "9999999999999", "2026/01/02",
		"2026-01-02T-3:04:05Z", "2026-01-02T+3:04:05Z", "2026--1-02"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		int64_t seconds;

		if (clock_parse(wrong[i], &seconds) == 0)
			fail_msg("\"%s\" was taken for a time", wrong[i]);
	}
}

TEST(a_fixed_clock_stands_still)
{
	assert_true(clock_now() > 1767323045);
	clock_fix(1767323045);
	assert_int_equal(clock_now(), 1767323045);
	clock_sleep(0.001);
	assert_int_equal(clock_now(), 1767323045);
}

TEST(elapsed_time_never_goes_back)
{
	double before = clock_elapsed();

	clock_sleep(0.01);
	assert_true(clock_elapsed() - before >= 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_and_written_as_rfc_3339_has_them),
		cmocka_unit_test(every_day_of_four_centuries_comes_back),
		cmocka_unit_test(
			a_time_without_a_year_of_four_digits_is_written_as_the_nearest_that_has_one),
		cmocka_unit_test(milliseconds_are_written_as_a_fraction),
		cmocka_unit_test(days_fractions_zones_and_seconds_are_read_too),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_fixed_clock_stands_still),
		cmocka_unit_test(elapsed_time_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
