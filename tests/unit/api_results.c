#include <stdbool.h>

#include <json-c/json.h>

#include "api/results.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/web.h"
#include "scratch.h"
#include "store/row.h"
#include "store/table.h"

static struct table *open_table(enum table_mode mode)
{
	struct error err = {0};
	struct table *table = table_open("sqlite:rows.db", mode, &err);

	assert_string_equal(err.text, "");
	return table;
}

/* Put the row that a record makes. */
static void put(const char *text)
{
	struct table *table = open_table(TABLE_WRITE);
	struct record record = {0};
	struct row row = {0}, old = {0};
	struct error err = {0};
	bool written;

	assert_int_equal(record_parse(&record, text, strlen(text), &err), 0);
	row_from_record(&row, &record);
	row.status = row_status_parse(record_string(&record, "status"));
	row.reason = memory_copy(record_string(&record, "reason"));
	row.created_at = memory_copy(record_string(&record, "created_at"));
	assert_int_equal(table_put(table, &row, &old, &written, &err), 0);
	assert_true(written);
	assert_int_equal(table_commit(table, &err), 0);
	table_close(table);
	record_release(&record);
	row_release(&row);
	row_release(&old);
}

static int sign(
	const char *bucket, const char *key, void *state, struct buffer *url, struct error *err)
{
	int *left = state;

	if (left && (*left)-- == 0)
		return error_transient(err, "no credentials in sight");
	buffer_format(url, "https://%s.example/%s?sig=\"1\"", bucket ? bucket : "-", key);
	return 0;
}

/* Ask, and compare what is answered. */
static void ask(const struct results_source *source, const char *query, const char *sub, int status,
	const char *expected)
{
	struct web_request request = {.query = memory_copy(query), .sub = memory_copy(sub)};
	struct web_reply reply = {0};
	struct error err = {0};
	int rc = results_reply(source, &request, &reply, &err);

	assert_string_equal(reply.body.bytes, expected);
	assert_int_equal(reply.status, status);
	assert_int_equal(rc, status < 500 ? 0 : -1);
	assert_int_equal(err.text[0] != '\0', status >= 500);
	json_object_put(json_parse(reply.body.bytes, reply.body.length, &err));
	web_request_release(&request);
	web_reply_release(&reply);
}

static void expect(const char *query, const char *sub, int status, const char *expected)
{
	struct results_source source = {.time_out_seconds = 300, .sign = sign};

	source.table = open_table(TABLE_READ);
	ask(&source, query, sub, status, expected);
	table_close(source.table);
}

#define COMPLETE \
	"{\"bucket\":\"photos\",\"key\":\"uploads/u1/a " \
	"b.jpg\",\"source\":{\"etag\":\"e\",\"bytes\":3201234}," \
	"\"image\":{\"format\":\"jpeg\",\"width\":1.10},\"processed_key\":\"processed/main/u1/a " \
	"b.jpg\"," \
	"\"renditions\":[{\"name\":\"main\",\"key\":\"processed/main/u1/a " \
	"b.jpg\",\"n\":12345678901234567890123}," \
	" {\"name\":\"thumb\",\"key\":\"t\",\"url\":\"stale\"}],\"labels\":[{\"name\":\"Cat\"," \
	"\"confidence\":98.30}]," \
	"\"status\":\"COMPLETE\",\"started_at\":\"1970-01-01T00:00:01Z\",\"created_at\":\"1970-" \
	"01-01T00:00:02Z\"}"
#define MEMBERS \
	"\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"uploads/u1/a " \
	"b.jpg\",\"bucket\":\"photos\"," \
	"\"processed_key\":\"processed/main/u1/a " \
	"b.jpg\",\"image\":{\"format\":\"jpeg\",\"width\":1.10}," \
	"\"bytes\":3201234,\"labels\":[{\"name\":\"Cat\",\"confidence\":98.30}],\"renditions\":[" \
	"{\"name\":\"main\",\"key\":\"processed/main/u1/a b.jpg\",\"n\":12345678901234567890123," \
	"\"url\":\"https://photos.example/processed/main/u1/a b.jpg?sig=\\\"1\\\"\"}," \
	"{\"name\":\"thumb\",\"key\":\"t\",\"url\":\"https://photos.example/t?sig=\\\"1\\\"\"}]," \
	"\"created_at\":\"1970-01-01T00:00:02Z\"}"
#define UNKNOWN "\"status\":\"PROCESSING\",\"known\":false"

TEST(a_key_that_nobody_knows_is_processing_and_says_so)
{
	expect("image_key=k", NULL, 200, "{" UNKNOWN "}");
	put("{\"key\":\"k\",\"status\":\"PROCESSING\",\"started_at\":\"1970-01-01T00:16:40Z\"}");
	expect("image_key=k2", NULL, 200, "{" UNKNOWN "}");
	expect("image_key=K", NULL, 200, "{" UNKNOWN "}");
}

TEST(what_is_complete_has_all_that_the_row_has_and_a_url_for_each_rendition)
{
	put(COMPLETE);
	expect("image_key=uploads/u1/a+b.jpg", NULL, 200, "{" MEMBERS "}");
	expect("image_key=uploads%2Fu1%2Fa%20b.jpg&x=1", NULL, 200, "{" MEMBERS "}");
}

TEST(what_a_row_lacks_is_left_out)
{
	put("{\"key\":\"k\",\"status\":\"COMPLETE\"}");
	expect("image_key=k", NULL, 200,
		"{\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"k\"}}");
}

TEST(what_is_no_json_of_its_kind_in_a_row_is_left_out)
{
	put("{\"key\":\"k\",\"status\":\"COMPLETE\",\"source\":7,\"image\":[],\"labels\":{},"
	    "\"renditions\":{}}");
	expect("image_key=k", NULL, 200,
		"{\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"k\"}}");
	put("{\"key\":\"l\",\"status\":\"COMPLETE\",\"source\":{\"bytes\":\"1\"},\"labels\":[ ],"
	    "\"renditions\":[1,null,{},{\"key\":5}]}");
	expect("image_key=l", NULL, 200,
		"{\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"l\",\"labels\":[ ],"
		"\"renditions\":[1,null,{},{\"key\":5}]}}");
	scratch_check_output("sqlite3 rows.db \"UPDATE images SET labels='[1', image='{}x',"
			     " renditions='[', source='{' WHERE image_key='l'\" 2>&1",
		"");
	expect("image_key=l", NULL, 200,
		"{\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"l\"}}");
}

TEST(without_a_signer_renditions_stay_as_they_are)
{
	struct results_source source = {.time_out_seconds = 300};

	put("{\"key\":\"k\",\"status\":\"COMPLETE\",\"renditions\":[ {\"key\": \"r\"} , 1]}");
	source.table = open_table(TABLE_READ);
	ask(&source, "image_key=k", NULL, 200,
		"{\"status\":\"COMPLETE\",\"results\":{\"image_key\":\"k\","
		"\"renditions\":[{\"key\": \"r\"},1]}}");
	table_close(source.table);
}

TEST(what_failed_has_a_reason)
{
	put("{\"key\":\"k\",\"status\":\"FAILED\",\"reason\":\"k: not a picture\"}");
	expect("image_key=k", NULL, 200, "{\"status\":\"FAILED\",\"reason\":\"k: not a picture\"}");
}

TEST(what_is_processing_for_too_long_has_failed)
{
	struct results_source source = {.time_out_seconds = 300};

	put("{\"key\":\"k\",\"status\":\"PROCESSING\",\"started_at\":\"1970-01-01T00:16:40Z\"}");
	source.table = open_table(TABLE_READ);
	clock_fix(1300);
	ask(&source, "image_key=k", NULL, 200, "{\"status\":\"PROCESSING\"}");
	clock_fix(1301);
	ask(&source, "image_key=k", NULL, 200, "{\"status\":\"FAILED\",\"reason\":\"timed out\"}");
	ask(&source, "image_key=l", NULL, 200, "{" UNKNOWN "}");
	source.time_out_seconds = 301;
	ask(&source, "image_key=k", NULL, 200, "{\"status\":\"PROCESSING\"}");
	source.begun_at = 1500; /* by a server that was started again */
	clock_fix(1801);
	ask(&source, "image_key=k", NULL, 200, "{\"status\":\"PROCESSING\"}");
	clock_fix(1802);
	ask(&source, "image_key=k", NULL, 200, "{\"status\":\"FAILED\",\"reason\":\"timed out\"}");
	table_close(source.table);
}

TEST(several_keys_are_answered_in_order_and_as_often_as_they_are_asked_for)
{
	put("{\"key\":\"f\",\"status\":\"FAILED\",\"reason\":\"r\"}");
	put(COMPLETE);
	expect("image_key=f&image_key=uploads/u1/a+b.jpg&image_key=%22&image_key=f", NULL, 200,
		"{\"results\":[{\"image_key\":\"f\",\"status\":\"FAILED\",\"reason\":\"r\"},"
		"{\"image_key\":\"uploads/u1/a b.jpg\"," MEMBERS "},"
		"{\"image_key\":\"\\\"\"," UNKNOWN "},"
		"{\"image_key\":\"f\",\"status\":\"FAILED\",\"reason\":\"r\"}]}");
}

TEST(anothers_key_is_answered_as_one_that_nobody_knows)
{
	put(COMPLETE);
	put("{\"key\":\"uploads/u1/"
	    "p.jpg\",\"status\":\"PROCESSING\",\"started_at\":\"1970-01-01\"}");
	put("{\"key\":\"uploads/u1/f.jpg\",\"status\":\"FAILED\",\"reason\":\"r\"}");
	put("{\"key\":\"uploads/all.jpg\",\"status\":\"FAILED\",\"reason\":\"r\"}");
	expect("image_key=uploads/u1/a+b.jpg", "u1", 200, "{" MEMBERS "}");
	expect("image_key=uploads/u1/a+b.jpg", "u", 200, "{" UNKNOWN "}");
	expect("image_key=uploads/u1/a+b.jpg", "u2", 200, "{" UNKNOWN "}");
	expect("image_key=uploads/u1/p.jpg", "u2", 200, "{" UNKNOWN "}");
	expect("image_key=uploads/all.jpg", "u1", 200, "{" UNKNOWN "}");
	expect("image_key=uploads/u1/f.jpg&image_key=uploads/u2/f.jpg", "u2", 200,
		"{\"results\":[{\"image_key\":\"uploads/u1/f.jpg\"," UNKNOWN "},"
		"{\"image_key\":\"uploads/u2/f.jpg\"," UNKNOWN "}]}");
	expect("image_key=uploads/u1/f.jpg", "u1", 200, "{\"status\":\"FAILED\",\"reason\":\"r\"}");
}

TEST(a_query_that_can_not_be_answered_says_why)
{
	expect("", NULL, 400, "{\"error\":\"image_key is missing\"}");
	expect("key=k&Image_key=k", NULL, 400, "{\"error\":\"image_key is missing\"}");
	expect("image_key", NULL, 400,
		"{\"error\":\"image_key is empty, or longer than 1024 bytes\"}");
	expect("image_key=k&image_key=", NULL, 400,
		"{\"error\":\"image_key is empty, or longer than 1024 bytes\"}");
	expect("image_key=k&x=%", NULL, 400,
		"{\"error\":\"not URL-encoded: a % without two digits\"}");
	expect("image_key=%ff", NULL, 400, "{\"error\":\"not UTF-8\"}");
	expect("image_key=a%00", NULL, 400, "{\"error\":\"a NUL in it\"}");
}

TEST(fifty_keys_are_answered_and_no_more)
{
	struct buffer query = {0}, answer = {0};

	buffer_text(&answer, "{\"results\":[");
	for (int i = 1; i <= RESULTS_MAX_KEYS; i++) {
		buffer_format(&query, "image_key=k%d&", i);
		buffer_format(
			&answer, "%s{\"image_key\":\"k%d\"," UNKNOWN "}", i > 1 ? "," : "", i);
	}
	buffer_text(&answer, "]}");
	expect(query.bytes, NULL, 200, answer.bytes);
	buffer_text(&query, "image_key=one-more");
	expect(query.bytes, NULL, 400, "{\"error\":\"image_key more than 50 times at once\"}");
	buffer_release(&query);
	buffer_release(&answer);
}

TEST(the_longest_key_is_answered_and_none_longer)
{
	char query[10 + RESULTS_MAX_KEY + 2] = "image_key=";

	memset(query + 10, 'k', RESULTS_MAX_KEY);
	expect(query, NULL, 200, "{" UNKNOWN "}");
	query[10 + RESULTS_MAX_KEY] = 'k';
	expect(query, NULL, 400, "{\"error\":\"image_key is empty, or longer than 1024 bytes\"}");
}

TEST(a_failure_of_ours_is_told_to_the_caller_and_not_to_the_sender)
{
	struct results_source source = {.time_out_seconds = 300, .sign = sign};

	put(COMPLETE);
	source.table = open_table(TABLE_READ);
	for (int works = 0; works < 2; works++) {
		int left = works;

		source.state = &left;
		ask(&source, "image_key=k&image_key=uploads/u1/a+b.jpg", NULL, 503,
			"{\"error\":\"out of reach for now, try again\"}");
	}
	table_close(source.table);
	scratch_check_output("rm rows.db*", "");
	source.table = open_table(TABLE_READ); /* empty, until there is one */
	scratch_write("rows.db", "this is no table, whatever its name says");
	ask(&source, "image_key=k", NULL, 500, "{\"error\":\"an internal error\"}");
	table_close(source.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_key_that_nobody_knows_is_processing_and_says_so),
		SCRATCH_TEST(
			what_is_complete_has_all_that_the_row_has_and_a_url_for_each_rendition),
		SCRATCH_TEST(what_a_row_lacks_is_left_out),
		SCRATCH_TEST(what_is_no_json_of_its_kind_in_a_row_is_left_out),
		SCRATCH_TEST(without_a_signer_renditions_stay_as_they_are),
		SCRATCH_TEST(what_failed_has_a_reason),
		SCRATCH_TEST(several_keys_are_answered_in_order_and_as_often_as_they_are_asked_for),
		SCRATCH_TEST(anothers_key_is_answered_as_one_that_nobody_knows),
		SCRATCH_TEST(a_query_that_can_not_be_answered_says_why),
		SCRATCH_TEST(fifty_keys_are_answered_and_no_more),
		SCRATCH_TEST(the_longest_key_is_answered_and_none_longer),
		SCRATCH_TEST(a_failure_of_ours_is_told_to_the_caller_and_not_to_the_sender),
		/* This fixes the clock. */
		SCRATCH_TEST(what_is_processing_for_too_long_has_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
