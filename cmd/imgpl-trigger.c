/* imgpl-trigger: turn storage events into records, one for each picture that was uploaded. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/failure.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/s3_event.h"
#include "event/seen.h"
#include "store/origin.h"
#include "store/output.h"
#include "store/row.h"
#include "store/table.h"
#include "tool/answer.h"
#include "tool/filter.h"
#include "tool/lines.h"
#include "tool/options.h"
#include "tool/report.h"

/* How many keys a duplicate is recognised among. */
enum { WINDOW = 32768 };

struct trigger {
	struct table *table; /* NULL unless rows are marked */
	const char *out_prefix;
	struct seen *seen;
	bool dry_run;
	/* The event that is being split. */
	const struct line *line;
	struct answer *answer;
};

/* Write that the picture is being worked on, from now. */
static int mark(const struct trigger *trigger, struct record *record, struct error *err)
{
	struct row row = {0}, old = {0};
	char now[CLOCK_TEXT];
	bool written;
	int rc = 0;

	clock_format(clock_now(), now);
	record_set_string(record, "started_at", now);
	if (!trigger->dry_run) {
		row_from_record(&row, record);
		row.status = ROW_PROCESSING;
		rc = table_put(trigger->table, &row, &old, &written, err);
	}
	row_release(&row);
	row_release(&old);
	return rc;
}

static void unusable(const struct error *why, void *state)
{
	struct trigger *trigger = state;

	answer_unusable(trigger->answer, NULL, trigger->line, why);
}

static void made(const struct s3_object *object, void *state)
{
	struct trigger *trigger = state;
	const struct origin origin = {.version_id = object->version_id,
		.etag = object->etag,
		.sequencer = object->sequencer,
		.bytes = object->bytes};
	struct record record = {0};
	struct error err = {0};

	if (strlen(object->key) > FILTER_MAX_KEY) {
		error_limit(&err, "a key of more than %d bytes", FILTER_MAX_KEY);
		unusable(&err, state);
		return;
	}
	if (output_is(trigger->out_prefix, object->key) || !seen_add(trigger->seen, object)) {
		if (report_tells(REPORT_VERBOSE))
			report("%s: skipped", object->key);
		return;
	}
	origin_record(&record, object->bucket, object->key, &origin);
	if (trigger->dry_run)
		record_set_json(&record, "dry_run", "true");
	if (trigger->table && mark(trigger, &record, &err)) {
		report_failure("%s", err.text);
		failure_write(&record, report_tool(), &err);
		if (error_retry(&err))
			seen_forget(trigger->seen, object);
	}
	answer_record(trigger->answer, &record);
	record_release(&record);
}

static void skipped(void *state)
{
	const struct trigger *trigger = state;

	if (report_tells(REPORT_VERBOSE))
		report("line %zu: skipped: no object was made", trigger->line->number);
}

static int split(struct record *event, const struct line *line, void *state, struct answer *answer,
	struct error *err)
{
	struct trigger *trigger = state;
	const struct s3_event_reader reader = {
		.made = made, .unusable = unusable, .skipped = skipped, .state = trigger};

	trigger->line = line;
	trigger->answer = answer;
	return s3_event_read(record_object(event), &reader, err);
}

static int commit(void *state, struct error *err)
{
	const struct trigger *trigger = state;

	if (!trigger->table || table_commit(trigger->table, err) == 0)
		return 0;
	seen_clear(trigger->seen); /* what is sent again is news */
	return -1;
}

int main(int argc, char **argv)
{
	const char *table = "sqlite:imgpl.db";
	bool marks = false;
	struct trigger state = {.out_prefix = "processed/"};
	struct filter filter = {.split = split, .commit = commit, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_FLAG("mark", 0, &marks, "write rows PROCESSING"),
		OPTION_TABLE(&table),
		OPTION_OUT_PREFIX(&state.out_prefix),
		OPTION_AT,
		OPTION_DRY_RUN(&state.dry_run),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Turn storage events into records, one for each picture uploaded.",
		.examples = {"imgpl-trigger --mark < events | imgpl-resize | imgpl-store",
			"aws sqs receive-message --queue-url $Q | jq -c . | imgpl-trigger"},
		.options = options,
		.versions = {record_versions, table_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	if (marks && !state.dry_run && !(state.table = table_open(table, TABLE_WRITE, &err)))
		report_no_start(&err);
	state.seen = seen_new(WINDOW);
	status = filter_run(&filter, files);
	seen_free(state.seen);
	table_close(state.table);
	return status;
}
