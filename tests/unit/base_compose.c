#include "base/compose.h"

#include "base/buffer.h"
#include "test.h"

TEST(text_is_escaped_where_json_does_not_take_it_as_it_is)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
		{"", "\"\""},
		{"plain/text", "\"plain/text\""},
		{"a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\b\f\n\r\t\001\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
		{"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80",
			"\"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80\""},
		{"a\xff\xc3(", "\"a\xef\xbf\xbd\xef\xbf\xbd(\""},
		{"a text that is longer than a block of bytes, and then \"",
			"\"a text that is longer than a block of bytes, and then \\\"\""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer json = {0};

		compose_text(&json, cases[i].text);
		assert_string_equal(json.bytes, cases[i].json);
		buffer_release(&json);
	}
}

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
		cmocka_unit_test(text_is_escaped_where_json_does_not_take_it_as_it_is),
		cmocka_unit_test(tenths_are_rounded_and_written_only_where_there_are_any),
		cmocka_unit_test(fractions_have_four_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
