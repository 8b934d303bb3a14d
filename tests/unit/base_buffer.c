#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "test.h"

TEST(a_buffer_grows_and_always_ends_in_a_nul)
{
	struct buffer buffer = {0};

	for (int i = 0; i < 10000; i++) {
		buffer_byte(&buffer, (char)('a' + i % 26));
		assert_int_equal(buffer.length, i + 1);
		assert_int_equal(buffer.bytes[buffer.length], 0);
	}
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buffer.bytes[i], 'a' + i % 26);
	buffer_release(&buffer);
	assert_null(buffer.bytes);
	assert_int_equal(buffer.length + buffer.capacity, 0);
}

TEST(appending_nothing_makes_an_empty_string)
{
	struct buffer buffer = {0};

	buffer_append(&buffer, NULL, 0);
	assert_string_equal(buffer.bytes, "");
	buffer_text(&buffer, "");
	assert_int_equal(buffer.length, 0);
	buffer_release(&buffer);
}

TEST(bytes_are_appended_with_their_nuls)
{
	struct buffer buffer = {0};

	buffer_append(&buffer, "a\0b", 3);
	assert_int_equal(buffer.length, 3);
	assert_memory_equal(buffer.bytes, "a\0b", 4);
	buffer_release(&buffer);
}

TEST(format_appends_what_printf_would_print)
{
	struct buffer buffer = {0};
	char text[500];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buffer_text(&buffer, "> ");
	buffer_format(&buffer, "%d %s", -7, text);
	assert_int_equal(buffer.length, 2 + 3 + 499);
	assert_memory_equal(buffer.bytes, "> -7 xxx", 8);
	buffer_format(&buffer, "%s", "");
	assert_int_equal(buffer.length, 2 + 3 + 499);
	buffer_release(&buffer);
}

TEST(numbers_are_appended_as_printf_would_print_them)
{
	static const int64_t numbers[] = {0, 7, -7, 10, 98211, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct buffer buffer = {0}, printed = {0};

		buffer_number(&buffer, numbers[i]);
		buffer_format(&printed, "%" PRId64, numbers[i]);
		assert_string_equal(buffer.bytes, printed.bytes);
		buffer_release(&printed);
		buffer_release(&buffer);
	}
}

TEST(replace_puts_bytes_where_others_stood)
{
	static const struct {
		size_t offset, removed;
		const char *bytes, *result;
	} cases[] = {
		{0, 0, "", "0123456789"},
		{0, 0, "ab", "ab0123456789"},
		{10, 0, "ab", "0123456789ab"},
		{3, 2, "abc", "012abc56789"},
		{3, 3, "", "0126789"},
		{0, 10, "", ""},
		{0, 10, "a longer text than what stood there",
			"a longer text than what stood there"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer buffer = {0};

		buffer_text(&buffer, "0123456789");
		buffer_replace(&buffer, cases[i].offset, cases[i].removed, cases[i].bytes,
			strlen(cases[i].bytes));
		assert_string_equal(buffer.bytes, cases[i].result);
		assert_int_equal(buffer.length, strlen(cases[i].result));
		buffer_release(&buffer);
	}
}

TEST(clearing_keeps_the_room_and_forgets_the_contents)
{
	struct buffer buffer = {0};
	size_t capacity;

	buffer_clear(&buffer);
	assert_null(buffer.bytes);
	buffer_text(&buffer, "something");
	capacity = buffer.capacity;
	buffer_clear(&buffer);
	assert_string_equal(buffer.bytes, "");
	assert_int_equal(buffer.length, 0);
	assert_int_equal(buffer.capacity, capacity);
	buffer_release(&buffer);
	buffer_release(&buffer);
}

TEST(reserved_room_is_not_taken_again)
{
	struct buffer buffer = {0};
	const char *bytes;

	buffer_reserve(&buffer, 1000);
	bytes = buffer.bytes;
	for (int i = 0; i < 1000; i++)
		buffer_byte(&buffer, 'x');
	assert_ptr_equal(buffer.bytes, bytes);
	buffer_release(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_grows_and_always_ends_in_a_nul),
		cmocka_unit_test(appending_nothing_makes_an_empty_string),
		cmocka_unit_test(bytes_are_appended_with_their_nuls),
		cmocka_unit_test(format_appends_what_printf_would_print),
		cmocka_unit_test(numbers_are_appended_as_printf_would_print_them),
		cmocka_unit_test(replace_puts_bytes_where_others_stood),
		cmocka_unit_test(clearing_keeps_the_room_and_forgets_the_contents),
		cmocka_unit_test(reserved_room_is_not_taken_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
