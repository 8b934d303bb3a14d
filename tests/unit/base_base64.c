#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "test.h"

/* RFC 4648, section 10, and the letters that they leave out. */
static const struct {
	const char *bytes, *text;
} pairs[] = {
	{"", ""},
	{"f", "Zg=="},
	{"f\x6f", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xfb\xff\xfe", "+//+"},
	{"\xff\xff\xff\xff", "/////w=="},
};

TEST(bytes_are_written_as_the_rfc_has_it)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct buffer out = {0};

		base64_encode(&out, pairs[i].bytes, strlen(pairs[i].bytes));
		assert_string_equal(out.bytes, pairs[i].text);
		assert_int_equal(out.length, strlen(pairs[i].text));
		buffer_release(&out);
	}
}

TEST(text_is_read_back)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct buffer out = {0};

		assert_int_equal(base64_decode(&out, pairs[i].text, strlen(pairs[i].text)), 0);
		assert_string_equal(out.bytes, pairs[i].bytes);
		assert_int_equal(out.length, strlen(pairs[i].bytes));
		buffer_release(&out);
	}
}

TEST(both_append_to_what_is_there)
{
	struct buffer out = {0};

	buffer_text(&out, "a:");
	base64_encode(&out, "xy", 2);
	assert_string_equal(out.bytes, "a:eHk=");
	assert_int_equal(base64_decode(&out, "eHk=", 4), 0);
	assert_string_equal(out.bytes, "a:eHk=xy");
	assert_int_equal(out.length, 8);
	buffer_release(&out);
}

TEST(all_bytes_come_back_at_every_length)
{
	unsigned char bytes[600];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t length = 0; length <= sizeof(bytes); length++) {
		struct buffer text = {0}, back = {0};

		base64_encode(&text, bytes, length);
		assert_int_equal(text.length, (length + 2) / 3 * 4);
		assert_int_equal(base64_decode(&back, text.bytes, text.length), 0);
		assert_int_equal(back.length, length);
		assert_memory_equal(back.bytes, bytes, length);
		assert_int_equal(back.bytes[back.length], 0);
		buffer_release(&text);
		buffer_release(&back);
	}
}

TEST(what_is_not_base64_is_refused_and_nothing_is_appended)
{
	static const char *const texts[] = {"Z", "Zg", "Zg=", "Zm8", "=",
		"==", "===", "====", "Z===", "Zg==Zg==", "Zm8=Zm8=", "Zm9v=", "Zm9v====", "Zg==\n",
		"Zm9v\n", "Zm\n9", " Zm9", "Zm-_", "Zm9\xc3",
		"Z=g=", "=Zg=", "Zh==", "Zm9=", "Zm9vZm9=", "Zm9vZm!v", "!m9vZm9v", "Zm9vZ==="};
	struct buffer nothing = {0};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buffer out = {0};

		buffer_text(&out, "before");
		if (base64_decode(&out, texts[i], strlen(texts[i])) != -1)
			fail_msg("%s is taken", texts[i]);
		assert_string_equal(out.bytes, "before");
		assert_int_equal(out.length, 6);
		buffer_release(&out);
	}
	assert_int_equal(base64_decode(&nothing, "Zm\0v", 4), -1);
	buffer_release(&nothing);
}

TEST(no_byte_but_the_64_letters_is_read)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int byte = 0; byte < 256; byte++) {
		const char text[4] = {'A', (char)byte, 'A', 'A'};
		struct buffer out = {0};

		assert_int_equal(base64_decode(&out, text, 4),
			memchr(letters, byte, sizeof(letters) - 1) ? 0 : -1);
		buffer_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_written_as_the_rfc_has_it),
		cmocka_unit_test(text_is_read_back),
		cmocka_unit_test(both_append_to_what_is_there),
		cmocka_unit_test(all_bytes_come_back_at_every_length),
		cmocka_unit_test(what_is_not_base64_is_refused_and_nothing_is_appended),
		cmocka_unit_test(no_byte_but_the_64_letters_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
