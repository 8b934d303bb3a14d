#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "test.h"

TEST(each_kind_fills_the_error_and_returns_minus_one)
{
	struct error err = {0};

	assert_int_equal(error_invalid(&err, "%s: %d", "a.jpg", 3), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_string_equal(err.text, "a.jpg: 3");
	assert_int_equal(error_limit(&err, "x"), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_int_equal(error_throttled(&err, "x"), -1);
	assert_int_equal(err.type, ERROR_THROTTLED);
	assert_int_equal(error_transient(&err, "x"), -1);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	assert_int_equal(error_internal(&err, "x"), -1);
	assert_int_equal(err.type, ERROR_INTERNAL);
	assert_string_equal(err.text, "x");
}

TEST(names_are_the_five_that_a_state_machine_knows)
{
	assert_string_equal(error_type_name(ERROR_INVALID), "Imgpl.Invalid");
	assert_string_equal(error_type_name(ERROR_LIMIT), "Imgpl.Limit");
	assert_string_equal(error_type_name(ERROR_THROTTLED), "Imgpl.Throttled");
	assert_string_equal(error_type_name(ERROR_TRANSIENT), "Imgpl.Transient");
	assert_string_equal(error_type_name(ERROR_INTERNAL), "Imgpl.Internal");
}

TEST(only_throttled_and_transient_are_to_be_tried_again)
{
	struct error err = {0};

	error_throttled(&err, "x");
	assert_true(error_retry(&err));
	error_transient(&err, "x");
	assert_true(error_retry(&err));
	error_invalid(&err, "x");
	assert_false(error_retry(&err));
	error_limit(&err, "x");
	assert_false(error_retry(&err));
	error_internal(&err, "x");
	assert_false(error_retry(&err));
}

TEST(errno_says_whether_the_name_the_access_or_the_moment_is_wrong)
{
	static const struct {
		int number;
		enum error_type type;
	} cases[] = {
		{ENOENT, ERROR_INVALID},
		{ENOTDIR, ERROR_INVALID},
		{EISDIR, ERROR_INVALID},
		{ELOOP, ERROR_INVALID},
		{ENAMETOOLONG, ERROR_INVALID},
		{EACCES, ERROR_INTERNAL},
		{EPERM, ERROR_INTERNAL},
		{EROFS, ERROR_INTERNAL},
		{ENOSPC, ERROR_TRANSIENT},
		{EDQUOT, ERROR_TRANSIENT},
		{EIO, ERROR_TRANSIENT},
		{EMFILE, ERROR_TRANSIENT},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};
		char text[200];

		errno = cases[i].number;
		assert_int_equal(error_errno(&err, "some/where"), -1);
		assert_int_equal(err.type, cases[i].type);
		strcpy(text, "some/where: ");
		strcat(text, strerror(cases[i].number));
		assert_string_equal(err.text, text);
	}
}

TEST(a_prefix_goes_before_the_text_and_keeps_the_kind)
{
	struct error err = {0};

	error_limit(&err, "too large");
	assert_int_equal(error_prefix(&err, "a.jpg"), -1);
	assert_string_equal(err.text, "a.jpg: too large");
	assert_int_equal(err.type, ERROR_LIMIT);
}

TEST(texts_too_long_are_cut_and_a_long_prefix_leaves_room_for_the_reason)
{
	struct error err = {0};
	char many[2000];

	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	error_invalid(&err, "%s", many);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	error_invalid(&err, "the reason");
	error_prefix(&err, many);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_non_null(strstr(err.text, ": the reason"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_fills_the_error_and_returns_minus_one),
		cmocka_unit_test(names_are_the_five_that_a_state_machine_knows),
		cmocka_unit_test(only_throttled_and_transient_are_to_be_tried_again),
		cmocka_unit_test(errno_says_whether_the_name_the_access_or_the_moment_is_wrong),
		cmocka_unit_test(a_prefix_goes_before_the_text_and_keeps_the_kind),
		cmocka_unit_test(
			texts_too_long_are_cut_and_a_long_prefix_leaves_room_for_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
