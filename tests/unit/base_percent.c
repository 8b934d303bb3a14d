#include "base/percent.h"

#include <string.h>

#include "base/buffer.h"

#include "test.h"

TEST(all_but_the_unreserved_bytes_are_encoded_and_come_back)
{
	struct buffer all = {0}, encoded = {0}, decoded = {0};

	for (int byte = 0; byte < 256; byte++)
		buffer_byte(&all, (char)byte);
	percent_encode(&encoded, all.bytes, all.length, false);
	assert_int_equal(encoded.length, 66 + 3 * (256 - 66));
	assert_non_null(strstr(encoded.bytes, "%2B%2C-.%2F0123456789%3A"));
	assert_non_null(strstr(encoded.bytes, "%7D~%7F%80"));
	percent_decode(&decoded, encoded.bytes, encoded.length);
	assert_int_equal(decoded.length, 256);
	assert_memory_equal(decoded.bytes, all.bytes, 256);
	buffer_release(&all);
	buffer_release(&encoded);
	buffer_release(&decoded);
}

TEST(slashes_stay_in_paths)
{
	struct buffer path = {0};

	percent_encode(&path, "a//b c/../", 10, true);
	assert_string_equal(path.bytes, "a//b%20c/../");
	buffer_release(&path);
}

TEST(a_broken_escape_stays_as_it_is)
{
	struct buffer text = {0};

	percent_decode(&text, "%4%zz%41%", 9);
	assert_string_equal(text.bytes, "%4%zzA%");
	buffer_release(&text);
}

TEST(an_escape_is_a_percent_sign_and_two_digits)
{
	assert_int_equal(percent_byte("%4a1", 4), 0x4a);
	assert_int_equal(percent_byte("%fF", 3), 0xff);
	assert_int_equal(percent_byte("%00", 3), 0);
	assert_int_equal(percent_byte("%4a", 2), -1);
	assert_int_equal(percent_byte("%4g", 3), -1);
	assert_int_equal(percent_byte("44a", 3), -1);
	assert_int_equal(percent_byte("", 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_but_the_unreserved_bytes_are_encoded_and_come_back),
		cmocka_unit_test(slashes_stay_in_paths),
		cmocka_unit_test(a_broken_escape_stays_as_it_is),
		cmocka_unit_test(an_escape_is_a_percent_sign_and_two_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
