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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequencers_compare_as_text_padded_right_with_zeros),
		cmocka_unit_test(an_absent_sequencer_is_equal_to_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
