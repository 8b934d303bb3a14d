#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "event/s3_event.h"
#include "test.h"

/* What was told of an event, a line each. */
static void note(struct buffer *told, const char *name, const char *text)
{
	buffer_format(told, " %s=%s", name, text ? text : "-");
}

static void made(const struct s3_object *object, void *state)
{
	struct buffer *told = state;

	buffer_text(told, "made");
	note(told, "bucket", object->bucket);
	note(told, "key", object->key);
	note(told, "version", object->version_id);
	note(told, "etag", object->etag);
	note(told, "sequencer", object->sequencer);
	buffer_format(told, " bytes=%lld\n", (long long)object->bytes);
}

static void unusable(const struct error *why, void *state)
{
	buffer_format(state, "unusable: %s\n", why->text);
}

static void skipped(void *state)
{
	buffer_text(state, "skipped\n");
}

/* Read the event and compare what was told; NULL is no event. */
static void expect(const char *text, const char *expected)
{
	struct buffer told = {0};
	const struct s3_event_reader reader = {
		.made = made, .unusable = unusable, .skipped = skipped, .state = &told};
	struct error err = {0};
	struct json_object *event = json_parse(text, strlen(text), &err);

	if (!event)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(s3_event_read(event, &reader, &err), expected ? 0 : -1);
	buffer_text(&told, "");
	assert_string_equal(told.bytes, expected ? expected : "");
	if (!expected)
		assert_int_equal(err.type, ERROR_INVALID);
	buffer_release(&told);
	json_object_put(event);
}

#define ENTRY(name, key) \
	"{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"eventName\":\"" name \
	"\",\"s3\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"" key \
	"\",\"size\":1024,\"eTag\":\"d41d\",\"versionId\":\"v1\",\"sequencer\":\"0A1B\"}}}"
#define TOLD(key) "made bucket=photos key=" key " version=v1 etag=d41d sequencer=0A1B bytes=1024\n"

TEST(every_record_of_a_notification_is_told_in_order)
{
	expect("{\"Records\":[" ENTRY("ObjectCreated:Put", "a.jpg") "," ENTRY(
		       "s3:ObjectCreated:CompleteMultipartUpload", "b.jpg") "]}",
		TOLD("a.jpg") TOLD("b.jpg"));
	expect("{\"Records\":[]}", "");
}

TEST(keys_of_a_notification_are_decoded_exactly_once)
{
	expect("{\"Records\":[" ENTRY("ObjectCreated:Put", "a+b%2Bc%2520d%C3%A9.jpg") "]}",
		TOLD("a b+c%20d\xc3\xa9.jpg"));
	expect("{\"Records\":[" ENTRY("ObjectCreated:Put", "%2e%2E/%2fx") "]}", TOLD("..//x"));
}

TEST(keys_that_cannot_be_decoded_are_unusable_and_their_neighbours_are_told)
{
	static const char *const bad[] = {"100%", "%4", "%zz", "%00", "a%00b", "%ff", "%C3"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct buffer text = {0};
		struct error err = {0};
		struct buffer told = {0};
		const struct s3_event_reader reader = {
			.made = made, .unusable = unusable, .skipped = skipped, .state = &told};
		struct json_object *event;

		buffer_format(&text,
			"{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{"
			"\"key\":\"%s\"}}}," ENTRY("ObjectCreated:Put", "b.jpg") "]}",
			bad[i]);
		event = json_parse(text.bytes, text.length, &err);
		assert_int_equal(s3_event_read(event, &reader, &err), 0);
		assert_memory_equal(told.bytes, "unusable: a key ", 16);
		assert_non_null(strstr(told.bytes, "\n" TOLD("b.jpg")));
		json_object_put(event);
		buffer_release(&text);
		buffer_release(&told);
	}
}

TEST(event_bridge_keys_are_not_encoded)
{
	expect("{\"version\":\"0\",\"detail-type\":\"Object Created\",\"source\":\"aws.s3\","
	       "\"detail\":{\"bucket\":{\"name\":\"photos\"},\"object\":{\"key\":\"a+b%20c.jpg\","
	       "\"size\":1024,\"etag\":\"d41d\",\"version-id\":\"v1\",\"sequencer\":\"0A1B\"}}}",
		TOLD("a+b%20c.jpg"));
	expect("{\"detail-type\":\"Object Deleted\",\"detail\":{}}", "skipped\n");
}

TEST(what_is_not_the_making_of_an_object_is_skipped)
{
	expect("{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"photos\"}",
		"skipped\n");
	expect("{\"Records\":[" ENTRY("ObjectRemoved:Delete", "a.jpg") "," ENTRY(
		       "ObjectCreated:Copy", "b.jpg") "]}",
		"skipped\n" TOLD("b.jpg"));
	expect("{\"Records\":[" ENTRY("ObjectCreatedSomehow", "a.jpg") "]}", "skipped\n");
}

/* Quote `text` as a JSON string. */
static const char *quote(const char *text)
{
	static char quoted[8][20000];
	static int next;
	char *out = quoted[next++ % 8];
	struct json_object *string = json_object_new_string(text);

	strcpy(out, json_object_to_json_string_ext(string, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(string);
	return out;
}

TEST(messages_of_sqs_and_sns_are_opened)
{
	const char *event = "{\"Records\":[" ENTRY("ObjectCreated:Put", "a+b.jpg") "]}";
	struct buffer text = {0};

	buffer_format(&text, "{\"Records\":[{\"messageId\":\"1\",\"body\":%s},{\"body\":%s}]}",
		quote(event), quote(event));
	expect(text.bytes, TOLD("a b.jpg") TOLD("a b.jpg"));
	buffer_clear(&text);
	buffer_format(&text, "{\"Messages\":[{\"MessageId\":\"1\",\"Body\":%s}]}", quote(event));
	expect(text.bytes, TOLD("a b.jpg"));
	buffer_clear(&text);
	buffer_format(&text, "{\"MessageId\":\"1\",\"Body\":%s}", quote(event));
	expect(text.bytes, TOLD("a b.jpg"));
	buffer_clear(&text);
	buffer_format(&text,
		"{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Message\":%s}}]}",
		quote(event));
	expect(text.bytes, TOLD("a b.jpg"));
	buffer_clear(&text);
	buffer_format(&text, "{\"Type\":\"Notification\",\"Message\":%s}", quote(event));
	expect(text.bytes, TOLD("a b.jpg"));
	buffer_clear(&text);
	buffer_format(&text, "{\"Records\":[{\"body\":\"nonsense\"},{\"body\":%s}]}", quote(event));
	expect(text.bytes, "unusable: not JSON: an unknown word at byte 1\n" TOLD("a b.jpg"));
	buffer_release(&text);
}

TEST(messages_within_messages_end_somewhere)
{
	struct buffer text = {0}, wrapped = {0};

	buffer_text(&text, "{\"Records\":[" ENTRY("ObjectCreated:Put", "a.jpg") "]}");
	for (int i = 0; i < 4; i++) {
		buffer_clear(&wrapped);
		buffer_format(&wrapped, "{\"Body\":%s}", quote(text.bytes));
		buffer_clear(&text);
		buffer_text(&text, wrapped.bytes);
	}
	expect(text.bytes, TOLD("a.jpg"));
	buffer_clear(&wrapped);
	buffer_format(&wrapped, "{\"Body\":%s}", quote(text.bytes));
	expect(wrapped.bytes, "unusable: messages within messages, more than 4 deep\n");
	buffer_release(&text);
	buffer_release(&wrapped);
}

TEST(entries_of_the_wrong_shape_are_unusable)
{
	static const char *const entries[] = {"1", "null", "\"x\"", "[]", "{}",
		"{\"eventName\":\"ObjectCreated:Put\"}", "{\"eventName\":1,\"s3\":{}}",
		"{\"eventName\":\"ObjectCreated:Put\",\"s3\":{}}",
		"{\"eventName\":\"ObjectCreated:Put\",\"s3\":[]}",
		"{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":\"\"}}}",
		"{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":{\"key\":7}}}",
		"{\"eventName\":\"ObjectCreated:A\",\"s3\":{\"object\":{\"key\":\"a\\u0000b\"}}}"};

	for (size_t i = 0; i < COUNT(entries); i++) {
		struct buffer text = {0}, told = {0};
		const struct s3_event_reader reader = {
			.made = made, .unusable = unusable, .skipped = skipped, .state = &told};
		struct error err = {0};
		struct json_object *event;

		buffer_format(&text, "{\"Records\":[%s," ENTRY("ObjectCreated:Put", "b.jpg") "]}",
			entries[i]);
		event = json_parse(text.bytes, text.length, &err);
		assert_int_equal(s3_event_read(event, &reader, &err), 0);
		if (strncmp(told.bytes, "unusable: ", 10) != 0)
			fail_msg("%s: %s", entries[i], told.bytes);
		assert_non_null(strstr(told.bytes, "\n" TOLD("b.jpg")));
		json_object_put(event);
		buffer_release(&text);
		buffer_release(&told);
	}
}

TEST(members_that_an_event_leaves_out_are_absent)
{
	expect("{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"object\":"
	       "{\"key\":\"a\",\"size\":\"1\",\"eTag\":5}}}]}",
		"made bucket=- key=a version=- etag=- sequencer=- bytes=-1\n");
}

TEST(what_is_no_event_is_told_to_nobody)
{
	expect("{}", NULL);
	expect("{\"key\":\"a.jpg\"}", NULL);
	expect("{\"Records\":{}}", NULL);
	expect("{\"detail-type\":1}", NULL);
}

/* Write the event of an object, and compare what is read of it. */
static void expect_read_back(const struct s3_object *object)
{
	struct buffer written = {0}, told = {0};

	made(object, &told);
	s3_event_write(&written, object, "eu-west-1", 1767323045);
	assert_null(strchr(written.bytes, '\n'));
	expect(written.bytes, told.bytes);
	buffer_release(&written);
	buffer_release(&told);
}

TEST(what_is_written_is_read_back_as_it_was)
{
	static const char *const keys[] = {"uploads/u1/cat.jpg", "a b+c%20d%2Fe&f=g;h", "\"\\'<>{}",
		"d\xc3\xa9j\xc3\xa0 vu/\xf0\x9f\x90\x88", "\x01\x1b[31m\r\n\t\x7f", "..//./-",
		"\xe2\x80\xaegpj.exe"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect_read_back(&(struct s3_object){.bucket = "my.bucket",
			.key = keys[i],
			.etag = "18867251edfa0000-1f",
			.sequencer = "18867251EDFA0000",
			.bytes = INT64_MAX});
	expect_read_back(&(struct s3_object){.key = "k", .bytes = -1});
	expect_read_back(&(struct s3_object){.key = "k", .version_id = "v\"1", .bytes = 0});
}

TEST(an_event_is_written_as_S3_writes_it)
{
	const struct s3_object object = {.bucket = "b",
		.key = "uploads/a b.jpg",
		.etag = "e",
		.sequencer = "01",
		.bytes = 5};
	struct buffer event = {0};

	s3_event_write(&event, &object, "eu-west-1", 1767323045);
	assert_string_equal(event.bytes,
		"{\"Records\":[{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\","
		"\"awsRegion\":\"eu-west-1\",\"eventTime\":\"2026-01-02T03:04:05Z\","
		"\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{\"name\":\"b\"},"
		"\"object\":{\"key\":\"uploads/a%20b.jpg\",\"size\":5,\"eTag\":\"e\","
		"\"sequencer\":\"01\"}}}]}");
	buffer_release(&event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_of_a_notification_is_told_in_order),
		cmocka_unit_test(keys_of_a_notification_are_decoded_exactly_once),
		cmocka_unit_test(
			keys_that_cannot_be_decoded_are_unusable_and_their_neighbours_are_told),
		cmocka_unit_test(event_bridge_keys_are_not_encoded),
		cmocka_unit_test(what_is_not_the_making_of_an_object_is_skipped),
		cmocka_unit_test(messages_of_sqs_and_sns_are_opened),
		cmocka_unit_test(messages_within_messages_end_somewhere),
		cmocka_unit_test(entries_of_the_wrong_shape_are_unusable),
		cmocka_unit_test(members_that_an_event_leaves_out_are_absent),
		cmocka_unit_test(what_is_no_event_is_told_to_nobody),
		cmocka_unit_test(what_is_written_is_read_back_as_it_was),
		cmocka_unit_test(an_event_is_written_as_S3_writes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
