#include <string.h>

#include "base/utf8.h"
#include "store/key.h"
#include "test.h"

TEST(a_key_that_fits_is_shown_whole)
{
	char text[KEY_TEXT], key[KEY_TEXT];

	key_show(text, NULL, "a/b.jpg");
	assert_string_equal(text, "a/b.jpg");
	key_show(text, "photos", "a/b.jpg");
	assert_string_equal(text, "photos/a/b.jpg");
	key_show(text, NULL, "");
	assert_string_equal(text, "\"\"");
	memset(key, 'k', sizeof(key));
	key[KEY_TEXT - 1] = '\0';
	key_show(text, NULL, key);
	assert_string_equal(text, key);
}

TEST(a_longer_key_is_shown_without_its_middle)
{
	char text[KEY_TEXT], key[1025];

	memset(key, 'k', sizeof(key));
	key[0] = 'a';
	key[1023] = 'z';
	key[1024] = '\0';
	key_show(text, NULL, key);
	assert_true(strlen(text) < KEY_TEXT);
	assert_true(strlen(text) > KEY_TEXT - 8);
	assert_int_equal(text[0], 'a');
	assert_int_equal(text[strlen(text) - 1], 'z');
	assert_non_null(strstr(text, "k\xe2\x80\xa6k"));
}

TEST(what_is_shown_is_never_half_a_character)
{
	for (size_t shift = 0; shift < 4; shift++) {
		char text[KEY_TEXT], key[1024] = "";

		memset(key, 'k', shift);
		while (strlen(key) < 900)
			strcat(key, "\xf0\x9f\x93\xb7");
		key_show(text, NULL, key);
		assert_true(utf8_valid(text, strlen(text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_that_fits_is_shown_whole),
		cmocka_unit_test(a_longer_key_is_shown_without_its_middle),
		cmocka_unit_test(what_is_shown_is_never_half_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
