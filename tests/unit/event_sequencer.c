#include "base/buffer.h"
#include "event/sequencer.h"
#include "test.h"

TEST(sequencers_compare_as_text_padded_right_with_zeros)
{
	assert_true(sequencer_compare("0055AED6DCD90281E5", "0055AED6DCD90281E6") < 0);
	assert_true(sequencer_compare("0055AED6DCD90281E6", "0055AED6DCD90281E5") > 0);
	assert_int_equal(sequencer_compare("005", "00500"), 0);
	assert_int_equal(sequencer_compare("00500", "005"), 0);
	assert_true(sequencer_compare("005", "0050000001") < 0);
	assert_true(sequencer_compare("9", "10") > 0);
	assert_true(sequencer_compare("A", "9") > 0);
	assert_int_equal(sequencer_compare("", "000"), 0);
}

TEST(an_absent_sequencer_is_equal_to_any)
{
	assert_int_equal(sequencer_compare(0, "9"), 0);
	assert_int_equal(sequencer_compare("9", 0), 0);
	assert_int_equal(sequencer_compare(0, 0), 0);
}

static void expect_next(const char *last, const char *expected)
{
	struct buffer next = {0};

	sequencer_next(&next, last);
	assert_string_equal(next.bytes, expected);
	assert_true(sequencer_compare(next.bytes, last) > 0);
	buffer_release(&next);
}

TEST(the_next_sequencer_counts_on_in_hexadecimal_digits)
{
	expect_next("18867251EDFA0000", "18867251EDFA0001");
	expect_next("18867251EDFA0009", "18867251EDFA000A");
	expect_next("18867251EDFAFFFF", "18867251EDFB0000");
	expect_next("v-09", "v-0A");
}

TEST(there_is_always_a_next_sequencer)
{
	expect_next("", "0000000000000001");
	expect_next("FF", "FF0000000000000001");
	expect_next("v-FF", "v-FF0000000000000001");
	expect_next("last", "last0000000000000001");
	expect_next("last0000000000000001", "last0000000000000002");
	expect_next("abc", "abc0000000000000001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequencers_compare_as_text_padded_right_with_zeros),
		cmocka_unit_test(an_absent_sequencer_is_equal_to_any),
		cmocka_unit_test(the_next_sequencer_counts_on_in_hexadecimal_digits),
		cmocka_unit_test(there_is_always_a_next_sequencer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
