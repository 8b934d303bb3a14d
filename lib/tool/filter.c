#include "tool/filter.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/failure.h"
#include "base/json.h"
#include "base/record.h"
#include "base/utf8.h"
#include "tool/lines.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/run.h"
#include "tool/stop.h"
#include "tool/workers.h"

enum { MAX_INPUT_SHOWN = 1024, BATCH_LINES = 4096, BATCH_BYTES = 1 << 20 };

int filter_write(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, length);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			report("stdout: %s", strerror(errno));
			return -1;
		}
	}
	return 0;
}

static uint64_t source_bytes(const struct record *record)
{
	struct json_object *bytes;

	if (!json_object_object_get_ex(record_member(record, "source"), "bytes", &bytes))
		return 0;
	return (uint64_t)json_object_get_int64(bytes);
}

void answer_record(struct answer *answer, const struct record *record)
{
	struct error err = {0};

	buffer_append(&answer->lines, record->text.bytes, record->text.length);
	buffer_byte(&answer->lines, '\n');
	if (!failure_read(record, &err))
		answer->good++;
	else if (error_retry(&err))
		answer->failed_for_now++;
	else
		answer->failed++;
	answer->bytes += source_bytes(record);
}

void answer_unusable(struct answer *answer, struct record *record, const char *text, size_t length,
	size_t number, const struct error *err)
{
	struct record made = {0};
	struct buffer input = {0};

	report_failure("line %zu: %s", number, err->text);
	utf8_show(&input, text, length < MAX_INPUT_SHOWN ? length : MAX_INPUT_SHOWN);
	if (!record) {
		record_parse(&made, "{}", 2, &(struct error){0});
		record = &made;
	}
	record_set_number(record, "line", (int64_t)number);
	record_set_string(record, "input", input.length ? input.bytes : "");
	failure_write(record, report_tool(), err);
	answer_record(answer, record);
	buffer_release(&input);
	record_release(&made);
}

/* Check what names the record's object. */
static int check_name(const struct record *record, struct error *err)
{
	const char *key = record_string(record, "key");
	const char *bucket = record_string(record, "bucket");
	size_t length = key ? strlen(key) : 0;

	if (!record_member(record, "key"))
		return error_invalid(err, "no key");
	if (!key)
		return error_invalid(err, "the key is not a string, or has a NUL in it");
	if (length == 0)
		return error_invalid(err, "the key is empty");
	if (length > FILTER_MAX_KEY)
		return error_limit(
			err, "the key has %zu bytes, over the limit of %d", length, FILTER_MAX_KEY);
	if (record_member(record, "bucket") && (!bucket || !*bucket))
		return error_invalid(err, "the bucket is not a string, or empty");
	return 0;
}

/* Work on a record, if it can be worked on. One that failed before keeps its failure. */
static void answer_each(const struct run *run, const struct line *line, struct record *record,
	struct answer *answer)
{
	const struct filter *filter = run->filter;
	struct error err = {0}, earlier = {0}, no_name = {0};
	bool failed_before = failure_read(record, &earlier);
	bool has_name = check_name(record, &no_name) == 0;

	if (!has_name && !failed_before) {
		answer_unusable(answer, record, line->text, line->length, line->number, &no_name);
		return;
	}
	if (!has_name || (failed_before && !filter->takes_failed)) {
		answer_record(answer, record);
		return;
	}
	if (filter->dry_run && !record_is(record, "dry_run"))
		record_set(record, "dry_run", json_object_new_boolean(true));
	if (run->refusal)
		err = *run->refusal;
	else if (filter->each(record, filter->state, &err) == 0)
		err = (struct error){0};
	if (err.text[0]) {
		report_failure("%s", err.text);
		if (!failed_before)
			failure_write(record, report_tool(), &err);
	} else if (report_tells(REPORT_VERBOSE)) {
		report("%s: done", record_string(record, "key"));
	}
	answer_record(answer, record);
}

/* Answer an object that is no record of ours. */
static void answer_split(const struct run *run, const struct line *line, struct record *object,
	struct answer *answer)
{
	const struct filter *filter = run->filter;
	struct error err = {0};

	if (failure_read(object, &err)) {
		answer_record(answer, object);
		return;
	}
	if (run->refusal)
		err = *run->refusal;
	else if (filter->split(object, line->number, filter->state, answer, &err) == 0)
		return;
	answer_unusable(answer, object, line->text, line->length, line->number, &err);
}

void run_answer(const struct run *run, const struct line *line, struct answer *answer)
{
	struct record record = {0};
	struct error err = {0};
	size_t max_line = run->filter->max_line ? run->filter->max_line : FILTER_MAX_LINE;
	int rc;

	if (line->too_long)
		rc = error_limit(&err, "the line is longer than %zu bytes", max_line);
	else
		rc = record_parse(&record, line->text, line->length, &err);
	if (rc)
		answer_unusable(answer, NULL, line->text, line->length, line->number, &err);
	else if (run->filter->split)
		answer_split(run, line, &record, answer);
	else
		answer_each(run, line, &record, answer);
	record_release(&record);
}

int run_deliver(struct run *run, struct answer *answer)
{
	size_t failed = answer->failed + answer->failed_for_now;

	if (filter_write(answer->lines.bytes, answer->lines.length))
		return -1;
	run->good += answer->good;
	run->failed += answer->failed;
	run->failed_for_now += answer->failed_for_now;
	progress_add(answer->good + failed, failed, answer->bytes);
	buffer_clear(&answer->lines);
	*answer = (struct answer){.lines = answer->lines};
	return 0;
}

/* Answer the lines that are held, once more, with the failure that undid the work on them. */
static void refuse_batch(struct run *run, struct lines *lines, size_t count,
	const struct error *why, struct answer *answer)
{
	struct run refusing = *run;
	struct line line;

	buffer_clear(&answer->lines);
	*answer = (struct answer){.lines = answer->lines};
	refusing.refusal = why;
	lines_rewind(lines);
	while (count-- > 0 && lines_next(lines, false, &line) == 1)
		run_answer(&refusing, &line, answer);
}

/* Answer one line, or, if the filter commits, as many as there are without waiting. Return 1 if
 * there may be more, 0 at the end, -1 on failure. */
static int run_batch(struct run *run, struct lines *lines, struct answer *answer)
{
	const struct filter *filter = run->filter;
	struct error err = {0};
	struct line line;
	size_t count = 0;
	int more = lines_next(lines, true, &line);

	while (more == 1) {
		run_answer(run, &line, answer);
		count++;
		if (!filter->commit || count == BATCH_LINES || lines_held(lines) >= BATCH_BYTES)
			break;
		more = lines_next(lines, false, &line);
	}
	if (count > 0 && filter->commit && filter->commit(filter->state, &err))
		refuse_batch(run, lines, count, &err, answer);
	lines_forget(lines);
	if (count > 0 && run_deliver(run, answer))
		return -1;
	return more < 0 ? -1 : count > 0;
}

static int run_alone(struct run *run, struct lines *lines)
{
	struct answer answer = {0};
	int more;

	while ((more = run_batch(run, lines, &answer)) > 0)
		;
	buffer_release(&answer.lines);
	return more;
}

static int64_t count_jobs(const struct filter *filter)
{
	return filter->jobs > 0 ? filter->jobs : sysconf(_SC_NPROCESSORS_ONLN);
}

int filter_run(const struct filter *filter, char *const *files)
{
	struct run run = {.filter = filter};
	struct lines *lines;
	int broken;

	for (char *const *file = files; *file; file++)
		if (strcmp(*file, "-") != 0 && access(*file, R_OK))
			report_misuse("%s: %s", *file, strerror(errno));
	stop_listen();
	progress_begin(progress_wanted() ? lines_count(files) : 0);
	lines = lines_new(files, filter->max_line ? filter->max_line : FILTER_MAX_LINE);
	if (filter->commit || count_jobs(filter) == 1)
		broken = run_alone(&run, lines);
	else
		broken = workers_run(&run, lines, (size_t)count_jobs(filter));
	lines_free(lines);
	progress_end();
	if (stop_signal()) {
		report("stopped by a signal: %zu records done, %zu of them failed",
			run.good + run.failed + run.failed_for_now,
			run.failed + run.failed_for_now);
		stop_end();
	}
	if (broken || run.failed)
		return EXIT_FAILED;
	return run.failed_for_now ? EXIT_RETRY : EXIT_GOOD;
}
