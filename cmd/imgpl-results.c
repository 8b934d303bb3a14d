/* imgpl-results: tell what the table says of each record's key. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "store/row.h"
#include "store/table.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"
#include "tool/stop.h"

struct results {
	struct table *table;
	int64_t wait_seconds, time_out_seconds;
};

static const double poll_first = 0.05, poll_longest = 1.0; /* seconds */

/* A picture that has been worked on for too long will not be finished any more. */
static void give_up_if_late(const struct results *results, struct row *row)
{
	int64_t started;

	if (row->status != ROW_PROCESSING || !row->started_at ||
		clock_parse(row->started_at, &started) ||
		clock_now() - started <= results->time_out_seconds)
		return;
	row->status = ROW_FAILED;
	free(row->reason);
	row->reason = memory_copy("timed out");
}

/* Get the row of `key`, which is of `bucket` unless that is NULL. */
static int get(const struct results *results, const char *bucket, const char *key, struct row *row,
	struct error *err)
{
	row_release(row);
	if (table_get(results->table, key, row, err) ||
		(bucket && row_check_bucket(row, bucket, err)))
		return -1;
	give_up_if_late(results, row);
	return 0;
}

static bool is_settled(const struct row *row)
{
	return row->status == ROW_COMPLETE || row->status == ROW_FAILED;
}

/* Get the row, and again until it is settled, the time to wait is over, or a signal comes. Return
 * the seconds that took, or -1. */
static double wait_for(const struct results *results, const char *bucket, const char *key,
	struct row *row, struct error *err)
{
	double began = clock_elapsed(), pause = poll_first;

	while (get(results, bucket, key, row, err) == 0) {
		double waited = clock_elapsed() - began;
		double left = (double)results->wait_seconds - waited;

		if (is_settled(row) || left <= 0 || stop_signal())
			return waited;
		clock_sleep(pause < left ? pause : left);
		pause = pause * 2 < poll_longest ? pause * 2 : poll_longest;
	}
	return -1;
}

static int results(struct record *record, void *state, struct error *err)
{
	const struct results *results = state;
	const char *key = record_string(record, "key"), *bucket = record_string(record, "bucket");
	struct row row = {0};
	double waited = wait_for(results, bucket, key, &row, err);
	int rc = waited < 0 ? -1 : 0;

	if (rc == 0 && results->wait_seconds && !is_settled(&row))
		rc = error_transient(err, "%s: %s after %.0f s", key,
			row.status == ROW_NOT_FOUND ? "not known" : "still being worked on",
			waited);
	if (waited >= 0)
		row_to_record(&row, record);
	row_release(&row);
	return rc;
}

int main(int argc, char **argv)
{
	const char *table = "sqlite:imgpl.db";
	struct results state = {.time_out_seconds = 300};
	struct filter filter = {.each = results, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_NUMBER("wait", 0, "SECONDS", &state.wait_seconds, 86400,
			"wait for COMPLETE or FAILED (0)"),
		OPTION_NUMBER("time-out", 0, "SECONDS", &state.time_out_seconds, INT32_MAX,
			"longer PROCESSING is FAILED (300)"),
		OPTION_TABLE(&table),
		OPTION_AT,
		OPTION_JOBS(&filter.jobs),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Tell what the table says of each record's key.",
		.examples = {"imgpl-list photos/ | imgpl-results | jq -r '[.status, .key] | @tsv'",
			"echo '{\"key\":\"photos/cat.jpg\"}' | imgpl-results --wait=60"},
		.options = options,
		.versions = {record_versions, table_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	state.table = table_open(table, TABLE_READ, &err);
	if (!state.table)
		report_no_start(&err);
	status = filter_run(&filter, files);
	table_close(state.table);
	return status;
}
