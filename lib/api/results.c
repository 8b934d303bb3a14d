#include "api/results.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "api/upload_key.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/form.h"
#include "event/web.h"
#include "store/row.h"
#include "store/table.h"

_Static_assert((int)RESULTS_MAX_KEYS <= (int)TABLE_MANY, "a table tells of so many keys at once");

/* The keys that a request asks for. */
struct keys {
	char *key[RESULTS_MAX_KEYS];
	size_t count;
};

static void keys_release(struct keys *keys)
{
	while (keys->count > 0)
		free(keys->key[--keys->count]);
}

static int add_key(struct keys *keys, const struct buffer *key, struct error *err)
{
	if (key->length == 0 || key->length > RESULTS_MAX_KEY)
		return error_invalid(
			err, "image_key is empty, or longer than %d bytes", RESULTS_MAX_KEY);
	if (keys->count == RESULTS_MAX_KEYS)
		return error_limit(err, "image_key more than %d times at once", RESULTS_MAX_KEYS);
	keys->key[keys->count++] = memory_copy(key->bytes);
	return 0;
}

/* Read the keys; on -1 some of them are there. */
static int read_keys(const char *query, struct keys *keys, struct error *err)
{
	struct buffer name = {0}, value = {0};
	int more;

	while ((more = form_next(&query, &name, &value, err)) == 1)
		if (strcmp(name.bytes, "image_key") == 0 && (more = add_key(keys, &value, err)))
			break;
	if (more == 0 && keys->count == 0)
		more = error_invalid(err, "image_key is missing");
	buffer_release(&name);
	buffer_release(&value);
	return more;
}

/* Return whether a row's text is JSON that begins with `opening`; somebody else may have written it
 * there. */
static bool is_json(const char *text, char opening)
{
	return text && text[strspn(text, " \t\r\n")] == opening &&
		json_check(text, strlen(text), &(struct error){0}) == 0;
}

static void add_json(struct buffer *json, const char *name, const char *text, char opening)
{
	if (is_json(text, opening))
		compose_json(json, name, text);
}

/* Add the size that the source has. */
static void add_bytes(struct buffer *json, const char *source)
{
	struct json_object *parsed =
		source ? json_parse(source, strlen(source), &(struct error){0}) : NULL;
	struct json_object *bytes = json_member(parsed, "bytes");

	if (json_object_is_type(bytes, json_type_int))
		compose_number(json, "bytes", json_object_get_int64(bytes));
	json_object_put(parsed);
}

static int sign_rendition(const struct results_source *source, const char *bucket,
	struct record *rendition, struct error *err)
{
	const char *key = record_string(rendition, "key");
	struct buffer url = {0};
	int rc;

	if (!key)
		return 0;
	rc = source->sign(bucket, key, source->state, &url, err);
	if (rc == 0)
		record_set_string(rendition, "url", url.bytes);
	buffer_release(&url);
	return rc;
}

/* Append a rendition, the JSON of `length` bytes, with its URL. */
static int append_rendition(const struct results_source *source, const char *bucket,
	const char *text, size_t length, struct buffer *list, struct error *err)
{
	struct record rendition = {0};
	int rc;

	if (!source->sign || record_parse(&rendition, text, length, &(struct error){0})) {
		buffer_append(list, text, length);
		return 0;
	}
	rc = sign_rendition(source, bucket, &rendition, err);
	buffer_append(list, rendition.text.bytes, rendition.text.length);
	record_release(&rendition);
	return rc;
}

static int add_renditions(const struct results_source *source, const struct row *row,
	struct buffer *json, struct error *err)
{
	struct buffer list = {0};
	struct json_span span;
	size_t at = 0;
	int rc = 0;

	if (!is_json(row->renditions, '['))
		return 0;
	buffer_byte(&list, '[');
	while (rc == 0 && json_next_item(row->renditions, &at, &span)) {
		if (list.length > 1)
			buffer_byte(&list, ',');
		rc = append_rendition(source, row->bucket, row->renditions + span.value,
			span.value_end - span.value, &list, err);
	}
	buffer_byte(&list, ']');
	compose_json(json, "renditions", list.bytes);
	buffer_release(&list);
	return rc;
}

/* Add what came of a complete picture. */
static int add_results(const struct results_source *source, const struct row *row,
	struct buffer *json, struct error *err)
{
	struct buffer results = {0};
	int rc;

	buffer_byte(&results, '{');
	compose_string(&results, "image_key", row->image_key);
	compose_string(&results, "bucket", row->bucket);
	compose_string(&results, "processed_key", row->processed_key);
	add_json(&results, "image", row->image, '{');
	add_bytes(&results, row->source);
	add_json(&results, "labels", row->labels, '[');
	rc = add_renditions(source, row, &results, err);
	compose_string(&results, "created_at", row->created_at);
	buffer_byte(&results, '}');
	compose_json(json, "results", results.bytes);
	buffer_release(&results);
	return rc;
}

/* Add what the row says. */
static int add_row(const struct results_source *source, const struct row *row, struct buffer *json,
	struct error *err)
{
	bool known = row->status != ROW_NOT_FOUND;

	compose_string(json, "status", row_status_name(known ? row->status : ROW_PROCESSING));
	if (!known)
		compose_bool(json, "known", false);
	if (row->status == ROW_FAILED)
		compose_string(json, "reason", row->reason ? row->reason : "not known");
	return row->status == ROW_COMPLETE ? add_results(source, row, json, err) : 0;
}

static void time_out(const struct results_source *source, struct row *row)
{
	int64_t now = clock_now();

	if (now - source->begun_at > source->time_out_seconds)
		row_time_out(row, now, source->time_out_seconds);
}

/* Append the answer for one key, with its name unless `key` is NULL. */
static int append_answer(const struct results_source *source, const char *key, struct row *row,
	struct buffer *json, struct error *err)
{
	int rc;

	time_out(source, row);
	buffer_byte(json, '{');
	compose_string(json, "image_key", key);
	rc = add_row(source, row, json, err);
	buffer_byte(json, '}');
	return rc;
}

static int append_answers(const struct results_source *source, const struct keys *keys,
	struct row *rows, struct buffer *json, struct error *err)
{
	if (keys->count == 1)
		return append_answer(source, NULL, rows, json, err);
	buffer_text(json, "{\"results\":[");
	for (size_t i = 0; i < keys->count; i++) {
		if (i > 0)
			buffer_byte(json, ',');
		if (append_answer(source, keys->key[i], &rows[i], json, err))
			return -1;
	}
	buffer_text(json, "]}");
	return 0;
}

/* Get the rows of all keys but those that are another's: these are as if they weren't there. */
static int get_rows(const struct results_source *source, const struct keys *keys, const char *sub,
	struct row *rows, struct error *err)
{
	const char *own[RESULTS_MAX_KEYS];

	for (size_t i = 0; i < keys->count; i++)
		own[i] = upload_key_is_of(keys->key[i], sub) ? keys->key[i] : NULL;
	return table_get_many(source->table, own, keys->count, rows, err);
}

int results_reply(const struct results_source *source, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	struct keys keys = {0};
	struct row rows[RESULTS_MAX_KEYS] = {0};
	struct error wrong = {0};
	int rc = 0;

	reply->status = 200;
	buffer_clear(&reply->body);
	if (read_keys(request->query, &keys, &wrong))
		web_reply_error(reply, 400, wrong.text);
	else if ((rc = get_rows(source, &keys, request->sub, rows, err)) ||
		(rc = append_answers(source, &keys, rows, &reply->body, err)))
		web_reply_failure(reply, err);
	for (size_t i = 0; i < keys.count; i++)
		row_release(&rows[i]);
	keys_release(&keys);
	return rc;
}
