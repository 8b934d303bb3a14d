#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/percent.h"
#include "event/form.h"
#include "test.h"

/* Write the pairs of a form a line each, and what stopped that. */
static void expect(const char *form, const char *expected)
{
	struct buffer name = {0}, value = {0}, told = {0};
	struct error err = {0};
	const char *rest = form;
	int more;

	buffer_text(&told, "");
	while ((more = form_next(&rest, &name, &value, &err)) == 1)
		buffer_format(&told, "%s=%s\n", name.bytes, value.bytes);
	if (more < 0)
		buffer_format(&told, "! %s", err.text);
	assert_string_equal(told.bytes, expected);
	buffer_release(&name);
	buffer_release(&value);
	buffer_release(&told);
}

TEST(pairs_come_in_order_and_as_often_as_they_stand)
{
	expect("", "");
	expect("image_key=a&image_key=b&x=1&image_key=a",
		"image_key=a\nimage_key=b\nx=1\nimage_key=a\n");
	expect("&&a=1&&&b=2&", "a=1\nb=2\n");
	expect("a", "a=\n");
	expect("a&b=", "a=\nb=\n");
	expect("=1&=", "=1\n=\n");
	expect("a=b=c", "a=b=c\n");
}

TEST(names_and_values_are_decoded_exactly_once)
{
	expect("a+b=c+d%2Be", "a b=c d+e\n");
	expect("k=%2520", "k=%20\n");
	expect("%61=%c3%A9", "a=\xc3\xa9\n");
	expect("k=a%26b%3Dc%2F", "k=a&b=c/\n");
	expect("k=\xc3\xa9?/", "k=\xc3\xa9?/\n");
}

TEST(what_can_not_be_decoded_ends_the_pairs)
{
	static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%4g", "a=%g4", "a=%&41",
		"a=%4&1", "%=1", "a=%%41", "a=% 41"};

	for (size_t i = 0; i < COUNT(bad); i++)
		expect(bad[i], "! not URL-encoded: a % without two digits");
	expect("a=1&b=%ff&c=3", "a=1\n! not UTF-8");
	expect("a=%c3&b=2", "! not UTF-8");
	expect("a=%ed%a0%80", "! not UTF-8");
	expect("a=x%00y", "! a NUL in it");
	expect("%00=1", "! a NUL in it");
}

TEST(the_last_of_a_text_is_its_end)
{
	static const char *const texts[] = {"a%41", "%41"};
	struct buffer out = {0};
	struct error err = {0};

	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t length = strlen(texts[i]);

		assert_int_equal(form_decode(&out, texts[i], length - 1, &err), -1);
		assert_int_equal(form_decode(&out, texts[i], length - 2, &err), -1);
	}
	buffer_release(&out);
	assert_int_equal(form_decode(&out, "", 0, &err), 0);
	assert_string_equal(out.bytes, "");
	buffer_release(&out);
}

TEST(every_text_comes_back)
{
	char bytes[256];
	struct buffer form = {0}, back = {0};
	struct error err = {0};

	for (int i = 1; i < 128; i++)
		bytes[i - 1] = (char)i;
	bytes[127] = '\0';
	strcat(bytes, "\xc3\xa9\xf0\x9f\x98\x80");
	percent_encode(&form, bytes, strlen(bytes), false);
	assert_int_equal(strcspn(form.bytes, " +&=/?#\x7f\xc3"), form.length);
	assert_int_equal(form_decode(&back, form.bytes, form.length, &err), 0);
	assert_string_equal(back.bytes, bytes);
	buffer_release(&form);
	buffer_release(&back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_come_in_order_and_as_often_as_they_stand),
		cmocka_unit_test(names_and_values_are_decoded_exactly_once),
		cmocka_unit_test(what_can_not_be_decoded_ends_the_pairs),
		cmocka_unit_test(the_last_of_a_text_is_its_end),
		cmocka_unit_test(every_text_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
