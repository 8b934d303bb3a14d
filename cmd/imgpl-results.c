/* imgpl-results: tell what the table says of each record's key. */
#include <string.h>

#include "api/gateway.h"
#include "api/results.h"
#include "api/routes.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/percent.h"
#include "base/record.h"
#include "event/api_gateway.h"
#include "net/cloudfront.h"
#include "net/presign.h"
#include "net/uri.h"
#include "store/object.h"
#include "store/row.h"
#include "store/table.h"
#include "tool/answer.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"
#include "tool/stop.h"

struct results {
	struct table *table;
	int64_t wait_seconds, time_out_seconds;
	/* How renditions are to be had: below a URL, signed for CloudFront if there is a key for
	 * that; or, if the URL is NULL, by URLs signed for S3, which only those there have. */
	const char *rendition_url;
	struct cloudfront *cloudfront;
	struct presigner *presigner;
	const char *bucket; /* of rows without one */
	int64_t expires_seconds;
};

static const double poll_first = 0.05, poll_longest = 1.0; /* seconds */

/* Get the row of `key`, which is of `bucket` unless that is NULL. */
static int get(const struct results *results, const char *bucket, const char *key, struct row *row,
	struct error *err)
{
	row_release(row);
	if (table_get(results->table, key, row, err) ||
		(bucket && row_check_bucket(row, bucket, err)))
		return -1;
	row_time_out(row, clock_now(), results->time_out_seconds);
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

static int sign(
	const char *bucket, const char *key, void *state, struct buffer *url, struct error *err)
{
	const struct results *results = state;
	const struct presign_wish get = {.method = "GET",
		.bucket = bucket ? bucket : results->bucket,
		.key = key,
		.time = clock_now(),
		.seconds = results->expires_seconds,
		.bytes = -1};
	int64_t expires_at;

	if (!get.bucket)
		return error_invalid(err, "%s: no bucket is known", key);
	return presign(results->presigner, &get, url, &expires_at, err);
}

/* Append where a rendition is to be had below the URL that was told. */
static int locate(
	const char *bucket, const char *key, void *state, struct buffer *url, struct error *err)
{
	const struct results *results = state;
	const char *base = results->rendition_url;
	size_t length = strlen(base);

	(void)bucket;
	buffer_append(url, base, length - (base[length - 1] == '/'));
	buffer_byte(url, '/');
	percent_encode(url, key, strlen(key), true);
	return results->cloudfront ? cloudfront_sign(results->cloudfront, url,
					     clock_now() + results->expires_seconds, err)
				   : 0;
}

static int answer_event(struct record *event, const struct line *line, void *state,
	struct answer *answer, struct error *err)
{
	const struct results *results = state;
	const struct results_source source = {.table = results->table,
		.time_out_seconds = results->time_out_seconds,
		.sign = results->rendition_url ? locate
			: results->presigner   ? sign
					       : NULL,
		.state = state};
	const struct routes routes = {.results = &source};
	struct buffer json = {0};
	int rc = gateway_answer(&routes, record_object(event), &json, err);

	(void)line;
	if (rc)
		report_failure("%s", err->text);
	answer_line(answer, &json, rc ? err : NULL);
	buffer_release(&json);
	return 0;
}

/* Open what signs URLs of renditions, if they are in S3. */
static void open_presigner(struct results *results, const char *store)
{
	const char *bucket = object_url_bucket(store);
	struct error err = {0};

	if (!bucket || results->rendition_url)
		return;
	if (!results->bucket && *bucket)
		results->bucket = bucket;
	results->presigner = presigner_open(&err);
	if (!results->presigner)
		report_no_start(&err);
}

/* Open what signs URLs for CloudFront, if it is to. */
static void open_cloudfront(struct results *results, const char *key_id, const char *key)
{
	struct error err = {0};

	if (!key_id && !key)
		return;
	if (!key_id || !key || !results->rendition_url)
		report_misuse(
			"--rendition-key-id, --rendition-key and --rendition-url go together");
	results->cloudfront = cloudfront_open(key_id, key, &err);
	if (!results->cloudfront)
		report_no_start(&err);
}

static int take_url(const char *value, void *target, struct error *err)
{
	struct uri_endpoint endpoint;

	*(const char **)target = value;
	return uri_endpoint_parse(&endpoint, value, err);
}

int main(int argc, char **argv)
{
	const char *table = "sqlite:imgpl.db", *store = "file:.", *key_id = NULL, *key = NULL;
	struct results state = {.time_out_seconds = 300, .expires_seconds = 3600};
	struct filter filter = {.each = results,
		.is_event = api_gateway_is,
		.split = answer_event,
		.state = &state,
		.jobs = 1,
		.max_line = API_GATEWAY_MAX_BYTES};
	const struct option_def options[] = {
		OPTION_NUMBER("wait", 0, "SECONDS", &state.wait_seconds, 86400,
			"wait for COMPLETE or FAILED (0)"),
		OPTION_NUMBER("time-out", 0, "SECONDS", &state.time_out_seconds, INT32_MAX,
			"longer PROCESSING is FAILED (300)"),
		{.name = "expires",
			.value = "SECONDS",
			.number = &state.expires_seconds,
			.min = 1,
			.max = PRESIGN_MAX_SECONDS,
			.help = "how long the URLs of renditions hold (3600)"},
		OPTION_TAKE("rendition-url", "URL", NULL, take_url, &state.rendition_url,
			"what URLs of renditions begin with, signed or not"),
		OPTION_TEXT("rendition-key-id", "ID", NULL, &key_id,
			"CloudFront's id of the key that signs them"),
		OPTION_TEXT(
			"rendition-key", "PLACE", NULL, &key, "that private key: FILE or ssm:NAME"),
		OPTION_TABLE(&table),
		OPTION_STORE(&store),
		OPTION_BUCKET(&state.bucket),
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
	open_cloudfront(&state, key_id, key);
	state.table = table_open(table, TABLE_READ, &err);
	if (!state.table)
		report_no_start(&err);
	open_presigner(&state, store);
	status = filter_run(&filter, files);
	cloudfront_free(state.cloudfront);
	presigner_free(state.presigner);
	table_close(state.table);
	return status;
}
