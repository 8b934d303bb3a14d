#include "machine/starter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/s3_event.h"
#include "event/seen.h"
#include "event/sequencer.h"
#include "machine/execution.h"
#include "machine/state_machine.h"
#include "net/digest.h"
#include "store/key.h"
#include "store/origin.h"
#include "store/output.h"
#include "store/row.h"
#include "store/table.h"

/* How many keys a duplicate is recognised among without a call. */
enum { WINDOW = 32768, MAX_KEY = 1024 };

struct starter {
	const struct starter_settings *settings;
	struct state_machine *machine; /* NULL in a dry run */
	struct seen *seen;
	pthread_mutex_t lock; /* of a table that is written by one at a time */
};

/* An event at work. */
struct reading {
	struct starter *starter;
	struct starter_outcome *outcome;
	struct error *err;
	size_t failures;
};

/* What a row was before it was marked. */
struct marking {
	struct row old;
	bool written; /* and is no longer */
};

struct starter *starter_open(const struct starter_settings *settings, struct error *err)
{
	struct starter *starter = memory_new(1, sizeof(*starter));

	starter->settings = settings;
	starter->seen = seen_new(WINDOW);
	pthread_mutex_init(&starter->lock, NULL);
	if (settings->dry_run && digest_open(err) == 0)
		return starter;
	if (!settings->dry_run &&
		(starter->machine = state_machine_open(settings->state_machine, err)))
		return starter;
	starter_free(starter);
	return NULL;
}

void starter_free(struct starter *starter)
{
	if (!starter)
		return;
	state_machine_free(starter->machine);
	seen_free(starter->seen);
	pthread_mutex_destroy(&starter->lock);
	free(starter);
}

static int put_row(
	struct starter *starter, const struct row *row, struct marking *marking, struct error *err)
{
	struct table *table = starter->settings->table;
	int rc;

	if (table_is_concurrent(table))
		return table_put(table, row, &marking->old, &marking->written, err);
	pthread_mutex_lock(&starter->lock);
	rc = table_put(table, row, &marking->old, &marking->written, err);
	if (rc == 0)
		rc = table_commit(table, err);
	pthread_mutex_unlock(&starter->lock);
	return rc;
}

/* Write that the picture is being worked on. */
static int mark(struct starter *starter, const struct record *record, struct marking *marking,
	struct error *err)
{
	struct row row = {0};
	int rc;

	row_from_record(&row, record);
	row.status = ROW_PROCESSING;
	rc = put_row(starter, &row, marking, err);
	row_release(&row);
	return rc;
}

/* Let a row tell again how the execution ended that there already was: nothing else would. */
static int unmark(struct starter *starter, const struct marking *marking, struct error *err)
{
	struct marking undone = {0};
	int rc = 0;

	if (marking->written && marking->old.status == ROW_FAILED)
		rc = put_row(starter, &marking->old, &undone, err);
	row_release(&undone.old);
	return rc;
}

static void tell_started(
	struct starter_outcome *outcome, const char *key, const struct buffer *execution)
{
	struct buffer *json = &outcome->started;

	if (json->length)
		buffer_byte(json, ',');
	buffer_byte(json, '{');
	compose_string(json, "key", key);
	compose_string(json, "execution", execution->bytes);
	buffer_byte(json, '}');
}

/* Start the execution, and say in `duplicate` if there was one. */
static int start(struct starter *starter, const struct s3_object *object,
	const struct record *record, struct buffer *execution, bool *duplicate, struct error *err)
{
	const struct starter_settings *settings = starter->settings;
	char name[EXECUTION_NAME];

	if (record->text.length > STATE_MACHINE_MAX_INPUT)
		return error_limit(err,
			"the record has %zu bytes, over the %d that an execution takes",
			record->text.length, STATE_MACHINE_MAX_INPUT);
	execution_name(object, (int)settings->attempt, name);
	if (!settings->dry_run)
		return state_machine_start(
			starter->machine, name, record->text.bytes, execution, duplicate, err);
	state_machine_execution(settings->state_machine, name, execution);
	return 0;
}

/* Mark the row and start the execution. */
static int work_on(struct reading *reading, const struct s3_object *object,
	const struct record *record, struct error *err)
{
	struct starter *starter = reading->starter;
	bool marks = starter->settings->table && !starter->settings->dry_run;
	struct marking marking = {0};
	struct buffer execution = {0};
	bool duplicate = false;
	int rc = marks ? mark(starter, record, &marking, err) : 0;

	if (rc == 0 && sequencer_compare(marking.old.sequencer, object->sequencer) > 0)
		duplicate = true; /* the row is of a newer object */
	else if (rc == 0)
		rc = start(starter, object, record, &execution, &duplicate, err);
	if (rc == 0 && duplicate)
		rc = unmark(starter, &marking, err);
	if (rc == 0 && duplicate)
		reading->outcome->duplicates++;
	else if (rc == 0)
		tell_started(reading->outcome, object->key, &execution);
	buffer_release(&execution);
	row_release(&marking.old);
	return rc;
}

/* Keep an error, unless there is one that says more. */
static void fail(struct reading *reading, const struct error *err)
{
	if (reading->failures++ == 0 || (error_retry(err) && !error_retry(reading->err)))
		*reading->err = *err;
}

static void unusable(const struct error *why, void *state)
{
	fail(state, why);
}

static void skipped(void *state)
{
	struct reading *reading = state;

	reading->outcome->skipped++;
}

static void fail_object(struct reading *reading, const struct s3_object *object, struct error *err)
{
	char shown[KEY_TEXT];

	key_show(shown, object->bucket, object->key);
	error_prefix(err, shown);
	seen_forget(reading->starter->seen, object);
	fail(reading, err);
}

static void made(const struct s3_object *object, void *state)
{
	struct reading *reading = state;
	const struct origin origin = {.version_id = object->version_id,
		.etag = object->etag,
		.sequencer = object->sequencer,
		.bytes = object->bytes};
	struct record record = {0};
	struct error err = {0};
	char now[CLOCK_TEXT];

	if (strlen(object->key) > MAX_KEY) {
		error_limit(&err, "a key of more than %d bytes", MAX_KEY);
		fail(reading, &err);
		return;
	}
	if (output_is(reading->starter->settings->out_prefix, object->key)) {
		reading->outcome->skipped++;
		return;
	}
	if (!seen_add(reading->starter->seen, object)) {
		reading->outcome->duplicates++;
		return;
	}
	origin_record(&record, object->bucket, object->key, &origin);
	clock_format(clock_now(), now);
	record_set_string(&record, "started_at", now);
	if (work_on(reading, object, &record, &err))
		fail_object(reading, object, &err);
	record_release(&record);
}

int starter_run(struct starter *starter, struct json_object *event, struct starter_outcome *outcome,
	struct error *err)
{
	struct reading reading = {.starter = starter, .outcome = outcome, .err = err};
	const struct s3_event_reader reader = {
		.made = made, .unusable = unusable, .skipped = skipped, .state = &reading};

	if (s3_event_read(event, &reader, err))
		return -1;
	return reading.failures ? -1 : 0;
}

void starter_tell(const struct starter_outcome *outcome, struct record *record)
{
	struct buffer list = {0};

	buffer_format(&list, "[%s]", outcome->started.length ? outcome->started.bytes : "");
	record_set_composed(record, "started", &list);
	record_set_number(record, "duplicates", (int64_t)outcome->duplicates);
	record_set_number(record, "skipped", (int64_t)outcome->skipped);
	buffer_release(&list);
}

void starter_outcome_release(struct starter_outcome *outcome)
{
	buffer_release(&outcome->started);
	*outcome = (struct starter_outcome){0};
}
