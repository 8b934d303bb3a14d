/* imgpl-list: tell the pictures that are in the store, a record each. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "store/object.h"
#include "store/origin.h"
#include "store/output.h"
#include "store/pending.h"
#include "store/table.h"
#include "tool/filter.h"
#include "tool/lines.h"
#include "tool/options.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/stdout.h"
#include "tool/stop.h"

struct list {
	struct object_store *store;
	struct table *table;
	struct pending *pending; /* NULL unless what is complete is left out */
	const char *bucket, *out_prefix;
	char *table_key; /* the key that the table's own file has in the store, or NULL */
	int64_t since;
	size_t found, listed, unusable;
	bool broken; /* something could not be listed */
};

/* Return whether `key` is the table's file, or one that SQLite keeps beside it. */
static bool is_table(const char *table_key, const char *key)
{
	static const char *const beside[] = {"", "-wal", "-shm", "-journal"};
	size_t length = strlen(table_key);

	if (strncmp(key, table_key, length) != 0)
		return false;
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (strcmp(key + length, beside[i]) == 0)
			return true;
	return false;
}

/* Leave out what no pipeline should work on: results, and the table's own files. */
static bool is_ours(const struct list *list, const char *key)
{
	return output_is(list->out_prefix, key) ||
		(list->table_key && is_table(list->table_key, key));
}

/* Write the object's record. `later` is its sequencer if it is not NULL. */
static int write_object(
	const struct object *object, const char *later, void *state, struct error *err)
{
	struct list *list = state;
	const struct origin origin = {.etag = object->etag,
		.sequencer = later ? later : object->sequencer,
		.bytes = (int64_t)object->bytes};
	struct record record = {0};
	int rc;

	(void)err; /* a failure of stdout was reported */
	origin_record(&record, list->bucket, object->key, &origin);
	buffer_byte(&record.text, '\n');
	rc = stdout_write(record.text.bytes, record.text.length);
	record_release(&record);
	list->listed++;
	progress_add(1, 0, object->bytes);
	return rc ? 1 : 0;
}

static int list_object(const struct object *object, void *state, struct error *err)
{
	struct list *list = state;

	if (stop_signal())
		return 1;
	list->found++;
	if (is_ours(list, object->key))
		return 0;
	if (object->unusable) {
		report_failure("left out, %s: %s", object->unusable, object->key);
		list->unusable++;
		return 0;
	}
	if (object->modified < list->since)
		return 0;
	return list->pending ? pending_add(list->pending, object, err)
			     : write_object(object, NULL, list, err);
}

/* Tell of the objects of which the table was not asked yet. */
static int finish_pending(struct list *list)
{
	struct error err = {0};
	int rc = list->pending ? pending_finish(list->pending, &err) : 0;

	if (rc == -1)
		report("%s", err.text);
	return rc;
}

/* List what is under `prefix`, for which the user said `path`. Return false if there is no use in
 * going on. */
static bool list_prefix(struct list *list, const char *prefix, const char *path)
{
	struct error err = {0};
	size_t found_before = list->found;
	/* What names an object means just that; else it is what keys begin with. */
	int rc = object_find(list->store, list->bucket, prefix, list_object, list, &err), rest;

	if (rc == 0 && list->found == found_before)
		rc = object_list(list->store, list->bucket, prefix, list_object, list, &err);
	if (rc == -1)
		report("%s", err.text);
	else if (*path && list->found == found_before)
		report_failure("%s: nothing is there", path);
	rest = finish_pending(list);
	rc = rc ? rc : rest;
	list->broken = list->broken || rc;
	return rc != 1;
}

/* List what is under a name read while the tool is at work. */
static bool list_name(struct list *list, const char *name)
{
	struct error err = {0};
	char *prefix = object_key_of(list->store, list->bucket, name, &err);
	bool going_on = true;

	if (prefix) {
		going_on = list_prefix(list, prefix, name);
	} else {
		report("%s", err.text);
		list->broken = true;
	}
	free(prefix);
	return going_on;
}

/* List what is under the names on standard input, each of which ends in a NUL. */
static void list_names(struct list *list)
{
	struct lines *names = lines_new((char *[]){NULL}, FILTER_MAX_KEY * 4, '\0');
	struct line name;
	int more;

	while ((more = lines_next(names, true, &name)) == 1) {
		if (name.too_long) {
			report_failure("name %zu: too long", name.number);
			list->unusable++;
		} else if (!list_name(list, name.text)) {
			break;
		}
		lines_forget(names);
	}
	list->broken = list->broken || more < 0;
	lines_free(names);
}

/* List what is under the operands, if all of them are in the store. */
static void list_operands(struct list *list, char *const *paths, size_t count)
{
	char **prefixes = memory_new(count, sizeof(*prefixes));
	struct error err = {0};
	bool going_on = true;

	for (size_t i = 0; i < count; i++) {
		prefixes[i] = object_key_of(list->store, list->bucket, paths[i], &err);
		if (!prefixes[i])
			report_no_start(&err);
	}
	for (size_t i = 0; i < count; i++) {
		going_on = going_on && !stop_signal() && list_prefix(list, prefixes[i], paths[i]);
		free(prefixes[i]);
	}
	free(prefixes);
}

static int take_since(const char *value, void *target, struct error *err)
{
	return clock_parse(value, target) ? error_invalid(err, "a time like 2026-01-02T03:04:05Z")
					  : 0;
}

/* Open what the options name; each missing thing is a misuse. */
static void open_all(struct list *list, const char *store, const char *table, bool pending)
{
	struct error err = {0};

	list->store = object_store_open(store, list->bucket, &err);
	if (list->store && pending)
		list->table = table_open(table, TABLE_READ, &err);
	if (!list->store || (pending && !list->table))
		report_no_start(&err);
	list->bucket = object_store_bucket(list->store);
	if (pending)
		list->pending = pending_new(list->table, list->bucket, write_object, list);
	if (table_file(table))
		list->table_key = object_key_of(list->store, list->bucket, table_file(table), &err);
}

int main(int argc, char **argv)
{
	const char *store = "file:.", *table = "sqlite:imgpl.db";
	bool pending = false, names = false;
	struct list state = {.out_prefix = "processed/", .since = INT64_MIN};
	const struct option_def options[] = {
		OPTION_FLAG("pending", 0, &pending, "only what the table does not call COMPLETE"),
		OPTION_TAKE("since", "TIME", NULL, take_since, &state.since,
			"only what was changed at or after TIME"),
		OPTION_FLAG("null", '0', &names, "read names that end in NUL from stdin"),
		OPTION_OUT_PREFIX(&state.out_prefix),
		OPTION_STORE(&store),
		OPTION_TEXT("bucket", "NAME", "UPLOAD_BUCKET", &state.bucket, "the bucket to list"),
		OPTION_TABLE(&table),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[PREFIX]...",
		.purpose = "Tell the pictures that are in the store, a record each.",
		.examples = {"imgpl-list photos/ | imgpl-resize | imgpl-store",
			"find . -newer stamp -name '*.jpg' -print0 | imgpl-list -0"},
		.options = options,
		.versions = {record_versions, table_versions},
	};
	char **paths;

	report_begin(argv[0]);
	paths = options_parse(&usage, argc, argv);
	if (names && *paths)
		report_misuse("--null takes names from standard input, and no operands");
	open_all(&state, store, table, pending);
	stop_listen();
	progress_begin(0);
	if (names)
		list_names(&state);
	else if (*paths)
		list_operands(&state, paths, (size_t)(argv + argc - paths));
	else
		list_prefix(&state, "", "");
	progress_end();
	pending_free(state.pending);
	free(state.table_key);
	table_close(state.table);
	object_store_free(state.store);
	if (stop_signal()) {
		report("stopped by a signal: %zu objects listed", state.listed);
		stop_end();
	}
	return state.broken || state.unusable ? EXIT_FAILED : EXIT_GOOD;
}
