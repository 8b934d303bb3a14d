#include "lambda/invocation.h"

#include <string.h>

#include "base/error.h"

#include "test.h"

static struct buffer text(const char *bytes)
{
	struct buffer made = {0};

	buffer_text(&made, bytes);
	return made;
}

/* Begin with an event, and return what invocation_end() does with an answer to it. */
static int outcome(const char *event, const char *answer, bool *broken, struct error *err)
{
	struct invocation invocation = {0};
	struct buffer sent = text(event), came = text(answer);
	int rc;

	assert_int_equal(invocation_begin(&invocation, &sent, err), 0);
	rc = invocation_end(&invocation, &came, broken, err);
	invocation_release(&invocation);
	buffer_release(&sent);
	buffer_release(&came);
	return rc;
}

TEST(an_event_loses_white_space_outside_of_strings_and_nothing_else)
{
	static const char *const events[][2] = {
		{"{}", "{}\n"},
		{" \n{\t\"a\" : 1.10 ,\r\n\"b \\\" c\":[ 1 , -0.0e+5 ] } ",
			"{\"a\":1.10,\"b \\\" c\":[1,-0.0e+5]}\n"},
		{"{\"\\u00e9\\/\":\"\\u000a \xc3\xa9\"}",
			"{\"\\u00e9\\/\":\"\\u000a \xc3\xa9\"}\n"},
		{" \"a  b\" ", "\"a  b\"\n"},
		{" null ", "null\n"},
	};
	struct invocation invocation = {0};
	struct error err = {0};

	for (size_t i = 0; i < COUNT(events); i++) {
		struct buffer event = text(events[i][0]);

		assert_int_equal(invocation_begin(&invocation, &event, &err), 0);
		assert_string_equal(invocation.line.bytes, events[i][1]);
		buffer_release(&event);
	}
	invocation_release(&invocation);
}

TEST(an_event_that_is_not_json_is_invalid)
{
	struct invocation invocation = {0};
	struct buffer empty = {0}, two = text("{\"a\":1 2}");
	struct error err = {0};

	assert_int_equal(invocation_begin(&invocation, &empty, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_int_equal(invocation_begin(&invocation, &two, &err), -1);
	assert_string_equal(err.text, "the event: not JSON: a comma is missing at byte 8");
	buffer_release(&two);
	invocation_release(&invocation);
}

TEST(an_error_counts_unless_the_event_came_with_it)
{
	static const char with[] =
		"{ \"error\" : { \"type\" : \"Imgpl.Limit\", \"reason\":\"a b\" } }";
	static const char same[] =
		"{\"error\":{\"type\":\"Imgpl.Limit\",\"reason\":\"a b\"},\"status\":\"FAILED\"}";
	static const char other[] = "{\"error\":{\"type\":\"Imgpl.Throttled\",\"reason\":\"slow "
				    "down; and before: a b\"}}";
	struct error err = {0};
	bool broken;

	assert_int_equal(outcome("{}", "{\"a\":1}", &broken, &err), 0);
	assert_int_equal(outcome("{\"error\":null}", "{\"error\":null}", &broken, &err), 0);
	assert_int_equal(outcome(with, same, &broken, &err), 0);
	assert_int_equal(outcome(with, "{}", &broken, &err), 0);
	assert_string_equal(err.text, "");
	assert_int_equal(outcome("{}", same, &broken, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "a b");
	assert_int_equal(outcome(with, other, &broken, &err), -1);
	assert_int_equal(err.type, ERROR_THROTTLED);
	assert_false(broken);
}

TEST(an_answer_that_is_no_object_is_broken)
{
	static const char *const answers[] = {
		"", "hello", "[]", "{}{}", "\"a\"", "{\"a\":1,\"a\":2}"};
	bool broken;

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct error err = {0};

		assert_int_equal(outcome("{}", answers[i], &broken, &err), -1);
		assert_true(broken);
		assert_int_equal(err.type, ERROR_INTERNAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_loses_white_space_outside_of_strings_and_nothing_else),
		cmocka_unit_test(an_event_that_is_not_json_is_invalid),
		cmocka_unit_test(an_error_counts_unless_the_event_came_with_it),
		cmocka_unit_test(an_answer_that_is_no_object_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
