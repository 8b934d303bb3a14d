#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "store/item.h"
#include "store/row.h"
#include "test.h"

static struct json_object *parse(const char *text)
{
	struct error err = {0};
	struct json_object *json = json_parse(text, strlen(text), &err);

	assert_string_equal(err.text, "");
	return json;
}

/* Read an item; the row is to be released. */
static int read_item(const char *text, struct row *row, struct error *err)
{
	struct json_object *item = parse(text);
	int rc = item_read(item, row, err);

	json_object_put(item);
	return rc;
}

#define KEY "\"image_key\":{\"S\":\"k\"}"
#define DONE KEY ",\"status\":{\"S\":\"COMPLETE\"}"

TEST(an_item_becomes_a_row_with_its_texts_as_they_stand)
{
	struct row row = {0};
	struct error err = {0};

	assert_int_equal(
		read_item("{" KEY ",\"status\":{\"S\":\"FAILED\"},\"bucket\":{\"S\":\"b\"},"
			  "\"sequencer\":{\"S\":\"05\"},\"etag\":{\"S\":\"\"},"
			  "\"reason\":{\"S\":\"\\u00e4 \\\"x\\\"\\n\"},"
			  "\"source\":{\"S\":\"{\\\"b\\\": 1.10, \\\"a\\\":2}\"},"
			  "\"image\":{\"S\":\"{}\"},\"renditions\":{\"S\":\"[ ]\"},"
			  "\"labels\":{\"S\":\"[12345678901234567890123]\"},"
			  "\"processed_key\":{\"S\":\"p\"},\"started_at\":{\"S\":\"s\"},"
			  "\"created_at\":{\"S\":\"c\"},\"expires_at\":{\"N\":\"5000000000\"}}",
			&row, &err),
		0);
	assert_int_equal(row.status, ROW_FAILED);
	assert_string_equal(row.image_key, "k");
	assert_string_equal(row.bucket, "b");
	assert_string_equal(row.sequencer, "05");
	assert_string_equal(row.etag, "");
	assert_string_equal(row.reason, "\xc3\xa4 \"x\"\n");
	assert_string_equal(row.source, "{\"b\": 1.10, \"a\":2}");
	assert_string_equal(row.image, "{}");
	assert_string_equal(row.renditions, "[ ]");
	assert_string_equal(row.labels, "[12345678901234567890123]");
	assert_string_equal(row.processed_key, "p");
	assert_string_equal(row.started_at, "s");
	assert_string_equal(row.created_at, "c");
	assert_int_equal(row.expires_at, INT64_C(5000000000));
	row_release(&row);
}

TEST(what_an_item_lacks_stays_absent_and_what_no_row_has_is_passed_over)
{
	struct row row = {0};
	struct error err = {0};

	assert_int_equal(
		read_item("{" DONE ",\"owner\":{\"M\":{\"S\":{\"N\":\"1\"}}},\"x\":7}", &row, &err),
		0);
	assert_int_equal(row.status, ROW_COMPLETE);
	assert_null(row.bucket);
	assert_null(row.labels);
	assert_null(row.created_at);
	assert_int_equal(row.expires_at, 0);
	row_release(&row);
}

TEST(an_item_that_is_no_row_is_refused_and_says_why)
{
	static const struct {
		const char *item, *why;
	} cases[] = {
		{"[]", "an item that is no object"},
		{"\"k\"", "an item that is no object"},
		{"{}", "image_key is missing"},
		{"{\"status\":{\"S\":\"COMPLETE\"}}", "image_key is missing"},
		{"{" KEY "}", "status is missing"},
		{"{" KEY ",\"status\":{\"S\":\"NOT_FOUND\"}}", "status is none"},
		{"{" KEY ",\"status\":{\"S\":\"complete\"}}", "status is none"},
		{"{" KEY ",\"status\":{\"S\":\"\"}}", "status is none"},
		{"{" KEY ",\"status\":{\"N\":\"1\"}}", "status is no string"},
		{"{" KEY ",\"status\":null}", "status is no string"},
		{"{" KEY ",\"status\":\"COMPLETE\"}", "status is no string"},
		{"{\"image_key\":{\"N\":\"1\"},\"status\":{\"S\":\"COMPLETE\"}}",
			"image_key is no string"},
		{"{" DONE ",\"bucket\":{\"NULL\":true}}", "bucket is no string"},
		{"{" DONE ",\"bucket\":{\"S\":1}}", "bucket is no string"},
		{"{" DONE ",\"bucket\":{\"S\":null}}", "bucket is no string"},
		{"{" DONE ",\"bucket\":{\"S\":\"a\\u0000b\"}}", "bucket is no string"},
		{"{" DONE ",\"labels\":{\"L\":[{\"S\":\"Cat\"}]}}", "labels is no string"},
		{"{" DONE ",\"image\":{\"M\":{}}}", "image is no string"},
		{"{" DONE ",\"source\":{\"SS\":[\"a\"]}}", "source is no string"},
		{"{" DONE ",\"labels\":{\"S\":\"\"}}", "labels is not JSON"},
		{"{" DONE ",\"labels\":{\"S\":\"[\"}}", "labels is not JSON"},
		{"{" DONE ",\"labels\":{\"S\":\"[NaN]\"}}", "labels is not JSON"},
		{"{" DONE ",\"labels\":{\"S\":\"[\\n]\"}}", "labels is not JSON in one line"},
		{"{" DONE ",\"labels\":{\"S\":\"[\\r]\"}}", "labels is not JSON in one line"},
		{"{" DONE ",\"image\":{\"S\":\"{},\\\"status\\\":1\"}}", "image is not JSON"},
		{"{" DONE ",\"source\":{\"S\":\"x\"}}", "source is not JSON"},
		{"{" DONE ",\"renditions\":{\"S\":\"1 2\"}}", "renditions is not JSON"},
		{"{" DONE ",\"expires_at\":{\"S\":\"5\"}}", "expires_at is no number"},
		{"{" DONE ",\"expires_at\":{\"N\":5}}", "expires_at is no number"},
		{"{" DONE ",\"expires_at\":{\"N\":\"\"}}", "expires_at is no time"},
		{"{" DONE ",\"expires_at\":{\"N\":\"0\"}}", "expires_at is no time"},
		{"{" DONE ",\"expires_at\":{\"N\":\"-5\"}}", "expires_at is no time"},
		{"{" DONE ",\"expires_at\":{\"N\":\"1.5\"}}", "expires_at is no time"},
		{"{" DONE ",\"expires_at\":{\"N\":\"9E+30\"}}", "expires_at is no time"},
		{"{" DONE ",\"expires_at\":{\"N\":\"99999999999999999999\"}}",
			"expires_at is no time"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct row row = {0}, empty = {0};
		struct error err = {0};

		assert_int_equal(read_item(cases[i].item, &row, &err), -1);
		assert_int_equal(err.type, ERROR_INTERNAL);
		assert_non_null(strstr(err.text, cases[i].why));
		assert_memory_equal(&row, &empty, sizeof(row));
	}
}

TEST(nothing_is_an_item_that_is_no_row)
{
	struct row row = {0};
	struct error err = {0};

	assert_int_equal(item_read(NULL, &row, &err), -1);
	assert_int_equal(err.type, ERROR_INTERNAL);
}

static char key[] = "k", bucket[] = "b", order[] = "05", text[] = "[\"\xc3\xa4\"]", start[] = "s";

/* Check the update's JSON, member by member. */
static void check_update(
	const struct row *row, const struct row *old, const char *const expected[4])
{
	static const char *const names[] = {"UpdateExpression", "ConditionExpression",
		"ExpressionAttributeNames", "ExpressionAttributeValues"};
	struct buffer json = {0};
	struct json_object *update;

	buffer_byte(&json, '{');
	item_update(row, old, &json);
	buffer_byte(&json, '}');
	update = parse(json.bytes);
	assert_int_equal(json_object_object_length(update), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct json_object *member = json_object_object_get(update, names[i]);

		assert_string_equal(json_object_is_type(member, json_type_string)
				? json_object_get_string(member)
				: json_object_to_json_string_ext(member,
					  JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
			expected[i]);
	}
	json_object_put(update);
	buffer_release(&json);
}

#define NAMES \
	"{\"#bucket\":\"bucket\",\"#sequencer\":\"sequencer\",\"#started_at\":\"started_at\"," \
	"\"#created_at\":\"created_at\",\"#etag\":\"etag\",\"#reason\":\"reason\"," \
	"\"#processed_key\":\"processed_key\",\"#source\":\"source\",\"#image\":\"image\"," \
	"\"#renditions\":\"renditions\",\"#labels\":\"labels\",\"#status\":\"status\"," \
	"\"#expires_at\":\"expires_at\"}"

TEST(a_new_row_is_put_only_where_there_is_none)
{
	struct row row = {.status = ROW_COMPLETE, .image_key = key, .labels = text}, none = {0};
	static const char *const expected[] = {
		"SET #labels = :labels, #status = :status REMOVE #bucket, #sequencer, #started_at, "
		"#created_at, #etag, #reason, #processed_key, #source, #image, #renditions, "
		"#expires_at",
		"attribute_not_exists(image_key)", NAMES,
		"{\":labels\":{\"S\":\"[\\\"\xc3\xa4\\\"]\"},\":status\":{\"S\":\"COMPLETE\"}}"};

	check_update(&row, &none, expected);
}

TEST(a_row_is_put_only_where_the_old_one_still_stands)
{
	struct row row = {.status = ROW_FAILED,
		.image_key = key,
		.bucket = bucket,
		.sequencer = order,
		.etag = key,
		.source = text,
		.image = text,
		.processed_key = key,
		.renditions = text,
		.labels = text,
		.reason = key,
		.started_at = start,
		.created_at = start,
		.expires_at = 7};
	struct row old = {.status = ROW_PROCESSING,
		.image_key = key,
		.sequencer = order,
		.labels = text,
		.expires_at = 5};
	static const char *const expected[] = {
		"SET #bucket = :bucket, #sequencer = :sequencer, #started_at = :started_at, "
		"#created_at = :created_at, #etag = :etag, #reason = :reason, "
		"#processed_key = :processed_key, #source = :source, #image = :image, "
		"#renditions = :renditions, #labels = :labels, #status = :status, "
		"#expires_at = :expires_at",
		"attribute_not_exists(#bucket) AND #sequencer = :old_sequencer AND "
		"attribute_not_exists(#started_at) AND attribute_not_exists(#created_at) AND "
		"#status = :old_status AND #expires_at = :old_expires_at",
		NAMES,
		"{\":bucket\":{\"S\":\"b\"},\":sequencer\":{\"S\":\"05\"},"
		"\":started_at\":{\"S\":\"s\"},\":created_at\":{\"S\":\"s\"},\":etag\":{\"S\":"
		"\"k\"},"
		"\":reason\":{\"S\":\"k\"},\":processed_key\":{\"S\":\"k\"},"
		"\":source\":{\"S\":\"[\\\"\xc3\xa4\\\"]\"},\":image\":{\"S\":\"[\\\"\xc3\xa4\\\"]"
		"\"},"
		"\":renditions\":{\"S\":\"[\\\"\xc3\xa4\\\"]\"},"
		"\":labels\":{\"S\":\"[\\\"\xc3\xa4\\\"]\"},\":status\":{\"S\":\"FAILED\"},"
		"\":expires_at\":{\"N\":\"7\"},\":old_sequencer\":{\"S\":\"05\"},"
		"\":old_status\":{\"S\":\"PROCESSING\"},\":old_expires_at\":{\"N\":\"5\"}}"};

	check_update(&row, &old, expected);
}

TEST(what_a_row_takes_is_counted_as_dynamodb_does)
{
	struct row row = {.status = ROW_COMPLETE, .image_key = key};

	/* image_key 9 + 1, status 6 + 8 */
	assert_int_equal(item_bytes(&row), 24);
	row.labels = text; /* 6 + 6, by bytes and not by characters */
	assert_int_equal(item_bytes(&row), 36);
	row.expires_at = 1767323045; /* 10 + 6 */
	assert_int_equal(item_bytes(&row), 52);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_becomes_a_row_with_its_texts_as_they_stand),
		cmocka_unit_test(
			what_an_item_lacks_stays_absent_and_what_no_row_has_is_passed_over),
		cmocka_unit_test(an_item_that_is_no_row_is_refused_and_says_why),
		cmocka_unit_test(nothing_is_an_item_that_is_no_row),
		cmocka_unit_test(a_new_row_is_put_only_where_there_is_none),
		cmocka_unit_test(a_row_is_put_only_where_the_old_one_still_stands),
		cmocka_unit_test(what_a_row_takes_is_counted_as_dynamodb_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
