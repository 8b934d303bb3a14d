#include <string.h>

#include "base/buffer.h"
#include "base/quoted.h"
#include "test.h"

TEST(a_run_of_plain_bytes_ends_before_what_is_none)
{
	for (int byte = 0; byte < 256; byte++) {
		bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';

		for (size_t at = 0; at < 100; at++) {
			char text[100];

			memset(text, 'x', sizeof(text));
			text[at] = (char)byte;
			assert_int_equal(quoted_plain(text, sizeof(text)), plain ? 100 : at);
			assert_int_equal(quoted_plain(text, at), at);
		}
	}
}

static const struct {
	const char *string, *text;
} strings[] = {
	{"\"\"", ""},
	{"\"a\"", "a"},
	{"\"\\u0061b\"", "ab"},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	{"\"\xc3\xa9\\u00E9\"", "\xc3\xa9\xc3\xa9"},
	{"\"\\u07ff\\u0800\\uFfFf\"", "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
	{"\"\\ud800\\udc00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	{"\"x\\\\\"", "x\\"},
};

TEST(a_string_says_what_its_escapes_stand_for)
{
	for (size_t i = 0; i < COUNT(strings); i++) {
		struct buffer decoded = {0}, text = {0};

		buffer_text(&decoded, ">");
		quoted_decode(&decoded, strings[i].string);
		assert_string_equal(decoded.bytes + 1, strings[i].text);
		buffer_text(&text, strings[i].string);
		buffer_text(&text, ":\"more\"");
		assert_int_equal(quoted_end(text.bytes) - text.bytes, strlen(strings[i].string));
		buffer_release(&decoded);
		buffer_release(&text);
	}
}

TEST(a_string_is_the_text_that_it_says_and_no_other)
{
	for (size_t i = 0; i < COUNT(strings); i++)
		for (size_t j = 0; j < COUNT(strings); j++)
			assert_int_equal(quoted_is(strings[i].string, strings[j].text), i == j);
	assert_false(quoted_is("\"ab\"", "a"));
	assert_false(quoted_is("\"a\"", "ab"));
	assert_false(quoted_is("\"a\\u0000\"", "a"));
	assert_false(quoted_is("\"a\\\\\"", "a\\\\"));
}

TEST(strings_are_ordered_by_what_they_say)
{
	static const char *const ordered[] = {"\"\"", "\"\\n\"", "\"A\"", "\"\\u0061\"", "\"aa\"",
		"\"ab\"", "\"b\"", "\"\\u00e9\"", "\"\xef\xbf\xbf\"", "\"\\ud800\\udc00\""};

	for (size_t i = 0; i < COUNT(ordered); i++)
		for (size_t j = 0; j < COUNT(ordered); j++)
			assert_int_equal(quoted_compare(ordered[i], ordered[j]), (i > j) - (i < j));
	assert_int_equal(quoted_compare("\"\xc3\xa9/\"", "\"\\u00e9\\/\""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_of_plain_bytes_ends_before_what_is_none),
		cmocka_unit_test(a_string_says_what_its_escapes_stand_for),
		cmocka_unit_test(a_string_is_the_text_that_it_says_and_no_other),
		cmocka_unit_test(strings_are_ordered_by_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
