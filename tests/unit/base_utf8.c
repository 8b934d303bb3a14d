#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"
#include "test.h"

/* Write a code point in the given number of bytes, even where that is wrong. */
static size_t encode(uint32_t point, size_t size, char bytes[4])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (size == 1) {
		bytes[0] = (char)point;
		return 1;
	}
	for (size_t i = size - 1; i > 0; i--, point >>= 6)
		bytes[i] = (char)(0x80 | (point & 0x3f));
	bytes[0] = (char)(lead[size] | point);
	return size;
}

TEST(every_code_point_but_the_surrogates_is_valid_in_its_shortest_form)
{
	for (uint32_t point = 0; point < 0x112000; point++) {
		size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
		bool valid = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
		char bytes[4];

		encode(point, size, bytes);
		if (utf8_valid(bytes, size) != valid)
			fail_msg("U+%04X", (unsigned)point);
		if (size < 4) {
			encode(point, size + 1, bytes);
			if (utf8_valid(bytes, size + 1))
				fail_msg("U+%04X in %zu bytes", (unsigned)point, size + 1);
		}
	}
}

TEST(a_code_point_is_appended_in_its_shortest_form)
{
	for (uint32_t point = 0; point < 0x110000; point++) {
		struct buffer buffer = {0};
		uint32_t back;

		if (point >= 0xd800 && point <= 0xdfff)
			continue;
		utf8_append(&buffer, point);
		assert_int_equal(utf8_next(buffer.bytes, buffer.length, &back), buffer.length);
		assert_int_equal(back, point);
		buffer_release(&buffer);
	}
}

TEST(broken_sequences_are_not_utf8)
{
	static const char *const bad[] = {"\x80", "\xbf", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
		"\xc3(", "\xe2(\x82", "\xfe", "\xff", "a\xc3", "\xc3\xa9\x80",
		"\xf8\x88\x80\x80\x80"};

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b", 3));
	assert_false(utf8_valid("\xc3\xa9", 1));
}

TEST(what_a_terminal_acts_on_is_escaped)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{"plain \xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80",
			"plain \xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80"},
		{"a\nb\tc\rd", "a\\nb\\tc\\rd"},
		{"\033[31m", "\\x1b[31m"},
		{"\x7f\x01", "\\x7f\\x01"},
		{"\xc2\x9b"
		 "2J",
			"\\u009b2J"},
		{"\xe2\x80\xae"
		 "gpj.exe",
			"\\u202egpj.exe"},
		{"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069"},
		{"\xe2\x80\xa8", "\\u2028"},
		{"\xd8\x9c", "\\u061c"},
		{"\xef\xbb\xbf", "\\ufeff"},
		{"\xff\xc3", "\\xff\\xc3"},
		{"\\n", "\\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer out = {0};

		utf8_show(&out, cases[i].text, strlen(cases[i].text));
		assert_string_equal(out.bytes, cases[i].shown);
		buffer_release(&out);
	}
}

TEST(a_text_cut_within_a_character_is_still_shown)
{
	struct buffer out = {0};

	utf8_show(&out, "a\xe6\x97\xa5", 3);
	assert_string_equal(out.bytes, "a\\xe6\\x97");
	buffer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_but_the_surrogates_is_valid_in_its_shortest_form),
		cmocka_unit_test(a_code_point_is_appended_in_its_shortest_form),
		cmocka_unit_test(broken_sequences_are_not_utf8),
		cmocka_unit_test(what_a_terminal_acts_on_is_escaped),
		cmocka_unit_test(a_text_cut_within_a_character_is_still_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
