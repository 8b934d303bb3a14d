/* imgpl-trigger: turn storage events into records, one for each picture that was uploaded, or into
 * executions of a state machine. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/failure.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/s3_event.h"
#include "event/seen.h"
#include "machine/execution.h"
#include "machine/starter.h"
#include "machine/state_machine.h"
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
};

/* An event that is being split. */
struct event {
	const struct trigger *trigger;
	const struct line *line;
	struct answer *answer;
};

/* What is there instead of a trigger where executions are started. */
struct start_state {
	struct starter_settings settings;
	struct starter *starter;
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
	const struct event *event = state;

	answer_unusable(event->answer, NULL, event->line, why);
}

static void made(const struct s3_object *object, void *state)
{
	const struct event *event = state;
	const struct trigger *trigger = event->trigger;
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
	answer_record(event->answer, &record);
	record_release(&record);
}

static void skipped(void *state)
{
	const struct event *event = state;

	if (report_tells(REPORT_VERBOSE))
		report("line %zu: skipped: no object was made", event->line->number);
}

static int split(struct record *object, const struct line *line, void *state, struct answer *answer,
	struct error *err)
{
	struct event event = {.trigger = state, .line = line, .answer = answer};
	const struct s3_event_reader reader = {
		.made = made, .unusable = unusable, .skipped = skipped, .state = &event};

	return s3_event_read(record_object(object), &reader, err);
}

static int commit(void *state, struct error *err)
{
	const struct trigger *trigger = state;

	if (!trigger->table || table_commit(trigger->table, err) == 0)
		return 0;
	seen_clear(trigger->seen); /* what is sent again is news */
	return -1;
}

static int run_trigger(struct trigger *trigger, int64_t jobs, char *const *files)
{
	struct filter filter = {.split = split, .commit = commit, .state = trigger, .jobs = jobs};
	int status;

	if (trigger->table && table_is_concurrent(trigger->table))
		filter.commit = NULL;
	trigger->seen = seen_new(WINDOW);
	status = filter_run(&filter, files);
	seen_free(trigger->seen);
	return status;
}

static int take_state_machine(const char *value, void *target, struct error *err)
{
	*(const char **)target = value;
	return state_machine_check(value, err);
}

/* Answer an event with what it started, and one that failed with itself besides, so that it can be
 * tried again. */
static int start_executions(struct record *event, const struct line *line, void *state,
	struct answer *answer, struct error *err)
{
	const struct start_state *start = state;
	struct starter_outcome outcome = {0};
	struct record told = {0};
	int rc = starter_run(start->starter, record_object(event), &outcome, err);

	(void)line;
	record_init(&told);
	starter_tell(&outcome, rc ? event : &told);
	if (start->settings.dry_run)
		record_set_json(rc ? event : &told, "dry_run", "true");
	if (rc == 0)
		answer_record(answer, &told);
	record_release(&told);
	starter_outcome_release(&outcome);
	return rc;
}

static int run_starter(struct start_state *start, int64_t jobs, char *const *files)
{
	const struct filter filter = {.split = start_executions, .state = start, .jobs = jobs};
	struct error err = {0};
	int status;

	start->starter = starter_open(&start->settings, &err);
	if (!start->starter)
		report_no_start(&err);
	status = filter_run(&filter, files);
	starter_free(start->starter);
	return status;
}

int main(int argc, char **argv)
{
	const char *table = "sqlite:imgpl.db";
	bool marks = false;
	int64_t jobs = 1;
	struct trigger state = {.out_prefix = "processed/"};
	struct start_state start = {.settings = {.attempt = 1}};
	const struct option_def options[] = {
		OPTION_FLAG("mark", 0, &marks, "write rows PROCESSING"),
		OPTION_TABLE(&table),
		OPTION_OUT_PREFIX(&state.out_prefix),
		OPTION_TAKE("state-machine", "ARN", "STATE_MACHINE_ARN", take_state_machine,
			&start.settings.state_machine, "start its executions instead"),
		{.name = "attempt",
			.value = "N",
			.number = &start.settings.attempt,
			.min = 1,
			.max = EXECUTION_MAX_ATTEMPT,
			.help = "start executions of another name (1)"},
		OPTION_AT,
		OPTION_JOBS(&jobs),
		OPTION_DRY_RUN(&state.dry_run),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Turn storage events into records, or into executions started.",
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
	start.settings.out_prefix = state.out_prefix;
	start.settings.table = state.table;
	start.settings.dry_run = state.dry_run;
	if (start.settings.state_machine)
		status = run_starter(&start, jobs, files);
	else
		status = run_trigger(&state, jobs, files);
	table_close(state.table);
	return status;
}
