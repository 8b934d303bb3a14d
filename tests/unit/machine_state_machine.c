#include "machine/state_machine.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

#define ARN "arn:aws:states:eu-west-1:123456789012:stateMachine:"

TEST(state_machines_versions_and_aliases_are_taken)
{
	static const char *const arns[] = {
		ARN "pipeline",
		ARN "My-pipe_line.2",
		ARN "pipeline:7",
		ARN "pipeline:PROD",
		ARN "Bl\xc3\xa4tter",
		"arn:aws-cn:states:cn-north-1:123456789012:stateMachine:pipeline",
		"arn:aws-us-gov:states:us-gov-west-1:123456789012:stateMachine:pipeline",
	};

	for (size_t i = 0; i < COUNT(arns); i++)
		assert_int_equal(state_machine_check(arns[i], &(struct error){0}), 0);
}

TEST(what_is_no_state_machine_is_refused)
{
	static const char *const arns[] = {
		"",
		"pipeline",
		"arn:aws:states:eu-west-1:123456789012:stateMachine",
		ARN,
		ARN ":7",
		ARN "pipeline:",
		ARN "pipeline:7:8",
		ARN "pipeline/label",
		ARN "pipe line",
		ARN "pipeline\n",
		ARN "pipeline*",
		" " ARN "pipeline",
		"arn:aws:states:eu-west-1:123456789012:execution:pipeline:x",
		"arn:aws:states:eu-west-1:12345678901:stateMachine:pipeline",
		"arn:aws:states:eu-west-1:1234567890123:stateMachine:pipeline",
		"arn:aws:states:eu-west-1::stateMachine:pipeline",
		"arn:aws:states::123456789012:stateMachine:pipeline",
		"arn:aws:states:EU/west:123456789012:stateMachine:pipeline",
		"arn::states:eu-west-1:123456789012:stateMachine:pipeline",
		"arn:aws:lambda:eu-west-1:123456789012:function:pipeline",
	};

	for (size_t i = 0; i < COUNT(arns); i++) {
		struct error err = {0};

		assert_int_equal(state_machine_check(arns[i], &err), -1);
		assert_non_null(strstr(err.text, "stateMachine:NAME"));
	}
}

TEST(an_arn_is_at_most_256_characters_long)
{
	struct buffer arn = {0};

	buffer_text(&arn, ARN);
	while (arn.length < 256)
		buffer_byte(&arn, 'x');
	assert_int_equal(state_machine_check(arn.bytes, &(struct error){0}), 0);
	buffer_byte(&arn, 'x');
	assert_int_equal(state_machine_check(arn.bytes, &(struct error){0}), -1);
	buffer_release(&arn);
}

static void expect_execution(const char *arn)
{
	struct buffer execution = {0};

	state_machine_execution(arn, "n-1", &execution);
	assert_string_equal(
		execution.bytes, "arn:aws:states:eu-west-1:123456789012:execution:pipeline:n-1");
	buffer_release(&execution);
}

TEST(an_execution_has_the_name_of_its_state_machine_without_the_version)
{
	expect_execution(ARN "pipeline");
	expect_execution(ARN "pipeline:7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_machines_versions_and_aliases_are_taken),
		cmocka_unit_test(what_is_no_state_machine_is_refused),
		cmocka_unit_test(an_arn_is_at_most_256_characters_long),
		cmocka_unit_test(
			an_execution_has_the_name_of_its_state_machine_without_the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
