/* imgpl-store: write each record's row, COMPLETE or FAILED, and answer once it is safe. */
#include "base/clock.h"
#include "base/error.h"
#include "base/failure.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/sequencer.h"
#include "store/object.h"
#include "store/row.h"
#include "store/table.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"

struct store {
	struct table *table;
	const char *bucket;
	int64_t ttl_days;
};

/* Make the row that the record asks for. */
static void make_row(const struct store *store, const struct record *record, struct row *row)
{
	int64_t now = clock_now();
	char now_text[CLOCK_TEXT];
	struct error failure = {0};

	clock_format(now, now_text);
	row_from_record(row, record);
	if (!row->bucket)
		row->bucket = memory_copy(store->bucket);
	row->status = ROW_COMPLETE;
	row->created_at = memory_copy(now_text);
	if (store->ttl_days)
		row->expires_at = now + store->ttl_days * 86400;
	if (failure_read(record, &failure)) {
		row->status = ROW_FAILED;
		row->reason = memory_copy(failure.text);
	}
}

/* Return whether the row that stood there tells of the same outcome of the same object. */
static bool same_state(const struct row *row, const struct row *old)
{
	return row->status == old->status && old->created_at &&
		sequencer_compare(row->sequencer, old->sequencer) == 0;
}

static int store(struct record *record, void *state, struct error *err)
{
	const struct store *store = state;
	struct row row = {0}, old = {0};
	bool written = false;
	int rc = -1;

	make_row(store, record, &row);
	if (!record_is(record, "dry_run") && table_put(store->table, &row, &old, &written, err))
		goto out;
	record_set_string(record, "status", row_status_name(row.status));
	if (!written && same_state(&row, &old)) {
		record_set_string(record, "created_at", old.created_at); /* it was done before */
	} else {
		record_set_string(record, "created_at", row.created_at);
		if (!written && old.status != ROW_NOT_FOUND)
			record_set_json(record, "superseded", "true");
	}
	rc = 0;
out:
	row_release(&row);
	row_release(&old);
	return rc;
}

static int commit(void *state, struct error *err)
{
	const struct store *store = state;

	return table_commit(store->table, err);
}

/* Return the bucket that the URL of a store names, or NULL. */
static const char *bucket_of(const char *url)
{
	const char *bucket = object_url_bucket(url);

	return bucket && *bucket ? bucket : NULL;
}

int main(int argc, char **argv)
{
	const char *table = "sqlite:imgpl.db", *store_url = "file:.";
	struct store state = {0};
	struct filter filter = {
		.each = store, .commit = commit, .state = &state, .jobs = 1, .takes_failed = true};
	const struct option_def options[] = {
		OPTION_TABLE(&table),
		OPTION_BUCKET(&state.bucket),
		OPTION_STORE(&store_url),
		OPTION_NUMBER(
			"ttl", 0, "DAYS", &state.ttl_days, 36500, "let rows expire; 0: never (0)"),
		OPTION_AT,
		OPTION_JOBS(&filter.jobs),
		OPTION_DRY_RUN(&filter.dry_run),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Write each record's row, COMPLETE or FAILED; answer once it is safe.",
		.examples = {"imgpl-list photos/ | imgpl-resize | imgpl-store",
			"imgpl-store < records | jq -c 'select(.error) | del(.error)' > again"},
		.options = options,
		.versions = {record_versions, table_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	if (!state.bucket)
		state.bucket = bucket_of(store_url);
	state.table = table_open(table, filter.dry_run ? TABLE_READ : TABLE_WRITE, &err);
	if (!state.table || (!filter.dry_run && table_expire(state.table, &err)))
		report_no_start(&err);
	if (table_is_concurrent(state.table))
		filter.commit = NULL;
	status = filter_run(&filter, files);
	table_close(state.table);
	return status;
}
