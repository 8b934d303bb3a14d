#include "tool/run.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/failure.h"
#include "base/record.h"
#include "tool/filter.h"
#include "tool/lines.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/stdout.h"

/* Check what names the record's object, which need have no name yet if the filter gives it one. */
static int check_name(const struct filter *filter, const struct record *record, struct error *err)
{
	const char *key = record_string(record, "key");
	const char *bucket = record_string(record, "bucket");
	size_t length = key ? strlen(key) : 0;

	if (record_member(record, "bucket") && (!bucket || !*bucket))
		return error_invalid(err, "the bucket is not a string, or empty");
	if (!record_member(record, "key"))
		return filter->names ? 0 : error_invalid(err, "no key");
	if (!key)
		return error_invalid(err, "the key is not a string, or has a NUL in it");
	if (length == 0)
		return error_invalid(err, "the key is empty");
	if (length > FILTER_MAX_KEY)
		return error_limit(
			err, "the key has %zu bytes, over the limit of %d", length, FILTER_MAX_KEY);
	return 0;
}

/* Let the record fail by `err`. A failure that it came with is not forgotten. */
static void fail(struct record *record, const struct error *err, const struct error *earlier)
{
	struct error both = *err;

	if (earlier->text[0])
		snprintf(both.text, sizeof(both.text), "%.250s; and before: %.230s", err->text,
			earlier->text);
	failure_write(record, report_tool(), &both);
}

/* Work on a record, if it can be worked on. One that failed before keeps its failure. */
static void answer_each(const struct run *run, const struct line *line, struct record *record,
	struct answer *answer)
{
	const struct filter *filter = run->filter;
	struct error err = {0}, earlier = {0};
	bool failed_before = failure_read(record, &earlier);
	bool has_name = check_name(filter, record, &err) == 0;

	if (!has_name && !failed_before) {
		answer_unusable(answer, record, line, &err);
		return;
	}
	if (!has_name || (failed_before && !filter->takes_failed)) {
		answer_record(answer, record);
		return;
	}
	if (filter->dry_run && !record_is(record, "dry_run"))
		record_set_json(record, "dry_run", "true");
	if (run->refusal) {
		fail(record, run->refusal, &earlier);
	} else if (filter->each(record, filter->state, &err)) {
		report_failure("%s", err.text);
		fail(record, &err, &earlier);
	} else if (report_tells(REPORT_VERBOSE)) {
		const char *key = record_string(record, "key");

		report("%s: done", key ? key : "a record");
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
	else if (filter->split(object, line, filter->state, answer, &err) == 0)
		return;
	answer_unusable(answer, object, line, &err);
}

/* Return whether the object is not for `each` but for `split`. */
static bool is_event(const struct filter *filter, const struct record *object)
{
	return filter->split && (!filter->is_event || filter->is_event(object));
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
		answer_unusable(answer, NULL, line, &err);
	else if (is_event(run->filter, &record))
		answer_split(run, line, &record, answer);
	else
		answer_each(run, line, &record, answer);
	record_release(&record);
}

int run_deliver(struct run *run, struct answer *answer)
{
	size_t failed = answer->failed + answer->failed_for_now;

	if (stdout_write(answer->lines.bytes, answer->lines.length))
		return -1;
	run->good += answer->good;
	run->failed += answer->failed;
	run->failed_for_now += answer->failed_for_now;
	progress_add(answer->good + failed, failed, answer->bytes);
	answer_clear(answer);
	return 0;
}
