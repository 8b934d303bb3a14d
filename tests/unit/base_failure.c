#include <string.h>

#include "base/error.h"
#include "base/failure.h"
#include "base/record.h"
#include "test.h"

static bool read_failure(const char *text, struct error *err)
{
	struct record record;
	struct error broken = {0};
	bool failed;

	if (record_parse(&record, text, strlen(text), &broken))
		fail_msg("%s: %s", text, broken.text);
	failed = failure_read(&record, err);
	record_release(&record);
	return failed;
}

TEST(a_record_without_an_error_or_with_null_has_not_failed)
{
	struct error err = {0};

	assert_false(read_failure("{\"key\":\"a\"}", &err));
	assert_false(read_failure("{\"key\":\"a\",\"error\":null}", &err));
	assert_string_equal(err.text, "");
}

TEST(what_was_written_is_read_back)
{
	struct error err = {0}, back = {0};
	struct record record;

	record_parse(&record, "{\"key\":\"a\"}", 11, &err);
	error_throttled(&err, "a: too fast");
	failure_write(&record, "imgpl-test", &err);
	assert_string_equal(record.text.bytes,
		"{\"key\":\"a\",\"error\":{\"tool\":\"imgpl-test\",\"type\":\"Imgpl.Throttled\","
		"\"reason\":\"a: too fast\",\"retry\":true}}");
	assert_true(failure_read(&record, &back));
	assert_int_equal(back.type, ERROR_THROTTLED);
	assert_string_equal(back.text, "a: too fast");
	record_release(&record);
}

TEST(what_a_terminal_would_act_on_is_escaped_in_the_reason)
{
	struct error err = {0};
	struct record record;

	record_parse(&record, "{}", 2, &err);
	error_invalid(&err, "\033[2J\nx\xff");
	failure_write(&record, "t", &err);
	assert_string_equal(record.text.bytes,
		"{\"error\":{\"tool\":\"t\",\"type\":\"Imgpl.Invalid\","
		"\"reason\":\"\\\\x1b[2J\\\\nx\\\\xff\",\"retry\":false}}");
	record_release(&record);
}

TEST(the_catch_of_a_state_machine_is_read)
{
	static const struct {
		const char *text, *reason;
		enum error_type type;
	} cases[] = {
		{"{\"error\":{\"Error\":\"Imgpl.Limit\",\"Cause\":\"too large\"}}", "too large",
			ERROR_LIMIT},
		{"{\"error\":{\"Error\":\"States.Timeout\",\"Cause\":\"\"}}", "States.Timeout",
			ERROR_TRANSIENT},
		{"{\"error\":{\"Error\":\"Lambda.TooManyRequestsException\",\"Cause\":\"slow\"}}",
			"slow", ERROR_TRANSIENT},
		{"{\"error\":{\"Error\":\"States.Runtime\"}}", "States.Runtime", ERROR_INTERNAL},
		{"{\"error\":{\"Error\":\"Imgpl.Invalid\","
		 "\"Cause\":\"{\\\"errorMessage\\\":\\\"no picture\\\",\\\"x\\\":1}\"}}",
			"no picture", ERROR_INVALID},
		{"{\"error\":{\"Error\":\"Oops\",\"Cause\":\"{\\\"other\\\":1}\"}}",
			"{\"other\":1}", ERROR_INTERNAL},
		{"{\"error\":{\"Error\":\"Oops\",\"Cause\":\"{broken\"}}", "{broken",
			ERROR_INTERNAL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};

		assert_true(read_failure(cases[i].text, &err));
		assert_string_equal(err.text, cases[i].reason);
		assert_int_equal(err.type, cases[i].type);
	}
}

TEST(an_error_of_any_other_shape_is_still_a_failure)
{
	static const char *const cases[] = {"{\"error\":{}}", "{\"error\":\"why\"}",
		"{\"error\":false}", "{\"error\":0}", "{\"error\":[]}",
		"{\"error\":{\"type\":1,\"reason\":[2]}}"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};

		assert_true(read_failure(cases[i], &err));
		assert_int_equal(err.type, ERROR_INTERNAL);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_without_an_error_or_with_null_has_not_failed),
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(what_a_terminal_would_act_on_is_escaped_in_the_reason),
		cmocka_unit_test(the_catch_of_a_state_machine_is_read),
		cmocka_unit_test(an_error_of_any_other_shape_is_still_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
