#include "base/compose.h"

#include "base/buffer.h"
#include "test.h"

TEST(tenths_are_rounded_and_written_only_where_there_are_any)
{
	struct buffer json = {0};

	buffer_byte(&json, '{');
	compose_tenths(&json, "a", 0);
	compose_tenths(&json, "b", 12.34);
	compose_tenths(&json, "c", 99.96);
	compose_tenths(&json, "d", 0.05);
	buffer_byte(&json, '}');
	assert_string_equal(json.bytes, "{\"a\":0,\"b\":12.3,\"c\":100,\"d\":0.1}");
	buffer_release(&json);
}

TEST(fractions_have_four_digits)
{
	struct buffer json = {0};

	buffer_byte(&json, '{');
	compose_fraction(&json, "a", 0.12345);
	compose_fraction(&json, "b", 1);
	compose_fraction(&json, "c", 0.00004);
	buffer_byte(&json, '}');
	assert_string_equal(json.bytes, "{\"a\":0.1235,\"b\":1,\"c\":0}");
	buffer_release(&json);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tenths_are_rounded_and_written_only_where_there_are_any),
		cmocka_unit_test(fractions_have_four_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
