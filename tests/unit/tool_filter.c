#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/record.h"
#include "test.h"
#include "tool/answer.h"
#include "tool/filter.h"
#include "tool/report.h"

/* Run the filter over `input` in a process of its own. Return its exit status; `output` takes what
 * it wrote. */
static int run(const struct filter *filter, const char *input, struct buffer *output)
{
	char *files[] = {NULL}, bytes[4096];
	FILE *in = tmpfile(), *out = tmpfile();
	int status;
	ssize_t n;
	pid_t child;

	fputs(input, in);
	rewind(in);
	child = fork();
	if (child == 0) {
		char name[] = "imgpl-test";

		report_begin(name);
		report_set(REPORT_QUIET, false);
		dup2(fileno(in), STDIN_FILENO);
		dup2(fileno(out), STDOUT_FILENO);
		_exit(filter_run(filter, files));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	lseek(fileno(out), 0, SEEK_SET);
	buffer_clear(output);
	buffer_text(output, "");
	while ((n = read(fileno(out), bytes, sizeof(bytes))) > 0)
		buffer_append(output, bytes, (size_t)n);
	fclose(in);
	fclose(out);
	return WEXITSTATUS(status);
}

/* Fail as the record's member `fail` says. */
static int obey(struct record *record, void *state, struct error *err)
{
	const char *fail = record_string(record, "fail");

	(void)state;
	record_set_number(record, "seen", 1);
	if (fail && strcmp(fail, "transient") == 0)
		return error_transient(err, "not now");
	if (fail)
		return error_invalid(err, "never");
	return 0;
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (; (text = strstr(text, part)); text++)
		found++;
	return found;
}

/* Work on a record sets a name to what stdout was told before, in bytes. */
static int tell_position(struct record *record, void *state, struct error *err)
{
	(void)state, (void)err;
	record_set_number(record, "told", lseek(STDOUT_FILENO, 0, SEEK_CUR));
	return 0;
}

TEST(the_exit_status_tells_the_worst_that_is_left)
{
	static const struct {
		const char *input;
		int status;
	} cases[] = {
		{"", EXIT_GOOD},
		{"{\"key\":\"a\"}\n", EXIT_GOOD},
		{"{\"key\":\"a\",\"fail\":\"transient\"}\n{\"key\":\"b\"}\n", EXIT_RETRY},
		{"{\"key\":\"a\",\"fail\":\"transient\"}\n{\"key\":\"b\",\"fail\":\"x\"}\n",
			EXIT_FAILED},
		{"nonsense\n", EXIT_FAILED},
		{"{\"key\":\"a\",\"error\":{\"type\":\"Imgpl.Throttled\"}}\n", EXIT_RETRY},
		{"{\"key\":\"a\",\"error\":{\"type\":\"Imgpl.Limit\"}}\n", EXIT_FAILED},
	};
	const struct filter filter = {.each = obey, .jobs = 1};
	struct buffer output = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(run(&filter, cases[i].input, &output), cases[i].status);
	buffer_release(&output);
}

TEST(a_record_that_failed_before_passes_untouched_unless_it_is_asked_for)
{
	const char *line =
		"{\"key\":\"a\",\"error\":{\"type\":\"Imgpl.Limit\",\"reason\":\"r\"}}\n";
	struct filter filter = {.each = obey, .jobs = 1, .dry_run = true};
	struct buffer output = {0};

	assert_int_equal(run(&filter, line, &output), EXIT_FAILED);
	assert_string_equal(output.bytes, line);
	filter.takes_failed = true;
	assert_int_equal(run(&filter, line, &output), EXIT_FAILED);
	assert_non_null(strstr(output.bytes, "\"seen\":1"));
	assert_non_null(strstr(output.bytes, "\"reason\":\"r\""));
	buffer_release(&output);
}

TEST(a_line_that_an_earlier_tool_could_not_use_passes_untouched)
{
	const char *line = "{\"line\":3,\"input\":\"x\",\"error\":{\"tool\":\"imgpl-list\","
			   "\"type\":\"Imgpl.Invalid\",\"reason\":\"r\",\"retry\":false}}\n";
	struct filter filter = {.each = obey, .jobs = 1};
	struct buffer output = {0};

	assert_int_equal(run(&filter, line, &output), EXIT_FAILED);
	assert_string_equal(output.bytes, line);
	filter.takes_failed = true;
	assert_int_equal(run(&filter, line, &output), EXIT_FAILED);
	assert_string_equal(output.bytes, line);
	buffer_release(&output);
}

/* Take longer over some records than over others. */
static int dawdle(struct record *record, void *state, struct error *err)
{
	int64_t number = json_object_get_int64(record_member(record, "n"));

	clock_sleep((double)(number * 7919 % 13) * 1e-4);
	return obey(record, state, err);
}

TEST(a_quick_filter_tells_together_what_came_together)
{
	const char *input = "{\"key\":\"a\"}\n{\"key\":\"b\"}\n";
	struct filter filter = {.each = tell_position, .jobs = 1};
	struct buffer output = {0};

	assert_int_equal(run(&filter, input, &output), EXIT_GOOD);
	assert_string_equal(
		output.bytes, "{\"key\":\"a\",\"told\":0}\n{\"key\":\"b\",\"told\":21}\n");
	filter.quick = true;
	assert_int_equal(run(&filter, input, &output), EXIT_GOOD);
	assert_string_equal(
		output.bytes, "{\"key\":\"a\",\"told\":0}\n{\"key\":\"b\",\"told\":0}\n");
	buffer_release(&output);
}

TEST(a_quick_filter_answers_before_it_waits_for_another_line)
{
	const struct filter filter = {.each = obey, .jobs = 1, .quick = true};
	const char *line = "{\"key\":\"a\"}\n", *answer = "{\"key\":\"a\",\"seen\":1}\n";
	char *files[] = {NULL}, bytes[100];
	int in[2], out[2], status;
	pid_t child;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	child = fork();
	if (child == 0) {
		char name[] = "imgpl-test";

		report_begin(name);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		alarm(60);
		_exit(filter_run(&filter, files));
	}
	close(in[0]);
	close(out[1]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(write(in[1], line, strlen(line)), strlen(line));
		assert_int_equal(read(out[0], bytes, sizeof(bytes)), strlen(answer));
		assert_memory_equal(bytes, answer, strlen(answer));
	}
	close(in[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD);
	close(out[0]);
}

TEST(many_jobs_answer_in_the_order_of_the_lines)
{
	struct filter filter = {.each = dawdle};
	struct buffer input = {0}, output = {0}, expected = {0};

	for (int i = 0; i < 2000; i++) {
		buffer_format(&input, "{\"key\":\"k%d\",\"n\":%d}\n", i, i);
		buffer_format(&expected, "{\"key\":\"k%d\",\"n\":%d,\"seen\":1}\n", i, i);
	}
	for (filter.jobs = 0; filter.jobs <= 16; filter.jobs = filter.jobs * 4 + 1) {
		assert_int_equal(run(&filter, input.bytes, &output), EXIT_GOOD);
		assert_string_equal(output.bytes, expected.bytes);
	}
	buffer_release(&input);
	buffer_release(&output);
	buffer_release(&expected);
}

/* A table of a sort: it counts what was put and what was made safe, and refuses some commits. */
struct ledger {
	size_t put, commits, refuse;
};

static int put(struct record *record, void *state, struct error *err)
{
	struct ledger *ledger = state;

	ledger->put++;
	return obey(record, state, err);
}

static int commit(void *state, struct error *err)
{
	struct ledger *ledger = state;

	if (++ledger->commits == ledger->refuse)
		return error_transient(err, "the disk is full");
	return 0;
}

TEST(a_commit_that_fails_fails_every_record_it_was_for_and_no_other)
{
	struct ledger ledger = {.refuse = 1};
	struct filter filter = {.each = put, .commit = commit, .state = &ledger, .jobs = 1};
	struct buffer output = {0};
	const char *input =
		"{\"key\":\"a\",\"x\":1.10}\nnonsense\n{\"key\":\"b\"}\n"
		"{\"key\":\"c\",\"error\":{\"type\":\"Imgpl.Limit\",\"reason\":\"r\"}}\n";

	assert_int_equal(run(&filter, input, &output), EXIT_FAILED);
	assert_int_equal(count(output.bytes, "\n"), 4);
	assert_int_equal(count(output.bytes, "\"the disk is full\""), 2);
	assert_int_equal(count(output.bytes, "\"seen\""), 0);
	assert_int_equal(count(output.bytes, "\"reason\":\"r\""), 1);
	assert_int_equal(count(output.bytes, "{\"key\":\"a\",\"x\":1.10,\"error\":"), 1);
	ledger.refuse = 2;
	assert_int_equal(run(&filter, "{\"key\":\"a\"}\n{\"key\":\"b\"}\n", &output), EXIT_GOOD);
	assert_int_equal(count(output.bytes, "\"seen\":1"), 2);
	buffer_release(&output);
}

TEST(a_batch_is_bounded_and_only_the_refused_one_fails)
{
	struct ledger ledger = {.refuse = 2};
	struct filter filter = {.each = put, .commit = commit, .state = &ledger, .jobs = 1};
	struct buffer input = {0}, output = {0};
	size_t refused;

	for (int i = 0; i < 20000; i++)
		buffer_format(&input, "{\"key\":\"k%d\"}\n", i);
	assert_int_equal(run(&filter, input.bytes, &output), EXIT_RETRY);
	refused = count(output.bytes, "\"the disk is full\"");
	assert_true(refused > 100);
	assert_true(refused < 10000);
	assert_int_equal(count(output.bytes, "\"seen\":1"), 20000 - refused);
	buffer_release(&input);
	buffer_release(&output);
}

/* Answer with as many lines as the object asks for. */
static int multiply(struct record *object, const struct line *line, void *state,
	struct answer *answer, struct error *err)
{
	int64_t times = json_object_get_int64(record_member(object, "times"));

	(void)state, (void)line;
	if (times < 0)
		return error_invalid(err, "fewer than none");
	while (times-- > 0)
		answer_record(answer, object);
	return 0;
}

TEST(a_filter_that_splits_answers_with_any_number_of_lines)
{
	const struct filter filter = {.split = multiply, .jobs = 1};
	struct buffer output = {0};

	assert_int_equal(
		run(&filter, "{\"times\":2}\n{\"times\":0}\n{\"times\":1}\n", &output), EXIT_GOOD);
	assert_string_equal(output.bytes, "{\"times\":2}\n{\"times\":2}\n{\"times\":1}\n");
	assert_int_equal(run(&filter, "{\"times\":-1}\n{\"times\":1}\n", &output), EXIT_FAILED);
	assert_non_null(strstr(output.bytes, "\"line\":1"));
	assert_non_null(strstr(output.bytes, "\"reason\":\"fewer than none\""));
	assert_non_null(strstr(output.bytes, "\n{\"times\":1}\n"));
	buffer_release(&output);
}

TEST(the_limit_of_a_line_is_the_filters_own)
{
	const struct filter filter = {.each = obey, .jobs = 1, .max_line = 20};
	struct buffer output = {0};

	assert_int_equal(
		run(&filter, "{\"key\":\"0123456789\"}\n{\"key\":\"b\"}\n", &output), EXIT_GOOD);
	assert_int_equal(
		run(&filter, "{\"key\":\"01234567890\"}\n{\"key\":\"b\"}\n", &output), EXIT_FAILED);
	assert_non_null(strstr(output.bytes, "the line is longer than 20 bytes"));
	assert_non_null(strstr(output.bytes, "\n{\"key\":\"b\",\"seen\":1}\n"));
	buffer_release(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exit_status_tells_the_worst_that_is_left),
		cmocka_unit_test(
			a_record_that_failed_before_passes_untouched_unless_it_is_asked_for),
		cmocka_unit_test(a_line_that_an_earlier_tool_could_not_use_passes_untouched),
		cmocka_unit_test(a_quick_filter_tells_together_what_came_together),
		cmocka_unit_test(a_quick_filter_answers_before_it_waits_for_another_line),
		cmocka_unit_test(many_jobs_answer_in_the_order_of_the_lines),
		cmocka_unit_test(a_commit_that_fails_fails_every_record_it_was_for_and_no_other),
		cmocka_unit_test(a_batch_is_bounded_and_only_the_refused_one_fails),
		cmocka_unit_test(a_filter_that_splits_answers_with_any_number_of_lines),
		cmocka_unit_test(the_limit_of_a_line_is_the_filters_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
