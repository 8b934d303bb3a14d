#include "event/s3_event.h"

#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "event/form.h"

/* S3 in SNS in SQS in Lambda is the deepest that is real. */
enum { MAX_WRAPS = 4 };

static int read_event(struct json_object *event, int wraps, const struct s3_event_reader *reader,
	struct error *err);

/* Decode a key that is encoded like a form's values. */
static int decode_key(
	const char *encoded, struct buffer *decoded, const char **key, struct error *err)
{
	if (form_decode(decoded, encoded, strlen(encoded), err))
		return error_prefix(err, "a key of an event");
	*key = decoded->bytes;
	return 0;
}

/* Tell of the object that an entry's `bucket` and `object` describe. The two kinds of event spell
 * two of its members differently. */
static void read_object(
	struct json_object *entry, bool encoded, const struct s3_event_reader *reader)
{
	struct json_object *object = json_member(entry, "object");
	struct json_object *bytes = json_member(object, "size");
	const char *key = json_string(object, "key");
	struct buffer decoded = {0};
	struct error err = {0};
	struct s3_object made = {
		.bucket = json_string(json_member(entry, "bucket"), "name"),
		.key = key,
		.version_id = json_string(object, encoded ? "versionId" : "version-id"),
		.etag = json_string(object, encoded ? "eTag" : "etag"),
		.sequencer = json_string(object, "sequencer"),
		.bytes = json_object_is_type(bytes, json_type_int) ? json_object_get_int64(bytes)
								   : -1,
	};
	int rc = 0;

	if (!key || !*key)
		rc = error_invalid(&err, "an event without a key");
	else if (encoded)
		rc = decode_key(key, &decoded, &made.key, &err);
	if (rc)
		reader->unusable(&err, reader->state);
	else
		reader->made(&made, reader->state);
	buffer_release(&decoded);
}

/* Read the event that a message has as its text. */
static void read_message(const char *text, int wraps, const struct s3_event_reader *reader)
{
	struct error err = {0};
	struct json_object *event = json_parse(text, strlen(text), &err);

	if (!event || read_event(event, wraps + 1, reader, &err))
		reader->unusable(&err, reader->state);
	json_object_put(event);
}

/* Read an entry of "Records": S3's own, or a message that holds an event. */
static void read_entry(struct json_object *entry, int wraps, const struct s3_event_reader *reader)
{
	const char *name = json_string(entry, "eventName");
	const char *body = json_string(entry, "body");
	const char *message = json_string(json_member(entry, "Sns"), "Message");
	struct error err = {0};

	if (body || message) {
		read_message(body ? body : message, wraps, reader);
	} else if (!name || !json_member(entry, "s3")) {
		error_invalid(&err, "not an entry of a storage event");
		reader->unusable(&err, reader->state);
	} else {
		name = strncmp(name, "s3:", 3) == 0 ? name + 3 : name;
		if (strncmp(name, "ObjectCreated:", 14) == 0)
			read_object(json_member(entry, "s3"), true, reader);
		else
			reader->skipped(reader->state);
	}
}

static int read_event(struct json_object *event, int wraps, const struct s3_event_reader *reader,
	struct error *err)
{
	struct json_object *records = json_member(event, "Records");
	struct json_object *messages = json_member(event, "Messages");
	const char *kind = json_string(event, "detail-type");
	const char *test = json_string(event, "Event");
	const char *text = json_string(event, "Body");

	if (wraps > MAX_WRAPS)
		return error_invalid(err, "messages within messages, more than %d deep", MAX_WRAPS);
	if (!text)
		text = json_string(event, "Message");
	if (json_object_is_type(records, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(records); i++)
			read_entry(json_object_array_get_idx(records, i), wraps, reader);
	} else if (json_object_is_type(messages, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(messages); i++) {
			text = json_string(json_object_array_get_idx(messages, i), "Body");
			if (text) {
				read_message(text, wraps, reader);
				continue;
			}
			error_invalid(err, "a message without a Body");
			reader->unusable(err, reader->state);
		}
	} else if (kind && strcmp(kind, "Object Created") == 0) {
		read_object(json_member(event, "detail"), false, reader);
	} else if (kind || (test && strcmp(test, "s3:TestEvent") == 0)) {
		reader->skipped(reader->state);
	} else if (text) {
		read_message(text, wraps, reader);
	} else {
		return error_invalid(err, "not a storage event");
	}
	return 0;
}

int s3_event_read(
	struct json_object *event, const struct s3_event_reader *reader, struct error *err)
{
	return read_event(event, 0, reader, err);
}
