#include "base/record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"

/* Return whether the member's name, which may be written with escapes, is `name`. */
static bool is_named(const char *text, const struct json_span *span, const char *name)
{
	const char *raw = text + span->name + 1;
	size_t length = span->name_end - span->name - 2;
	struct buffer quoted = {0};
	struct json_object *decoded;
	bool same;

	if (!memchr(raw, '\\', length))
		return strlen(name) == length && memcmp(raw, name, length) == 0;
	buffer_append(&quoted, raw - 1, length + 2);
	decoded = json_parse(quoted.bytes, quoted.length, &(struct error){0});
	same = decoded && (size_t)json_object_get_string_len(decoded) == strlen(name) &&
		strcmp(json_object_get_string(decoded), name) == 0;
	json_object_put(decoded);
	buffer_release(&quoted);
	return same;
}

static bool find_member(const struct record *record, const char *name, struct json_span *span)
{
	size_t at = 0;

	while (json_next_member(record->text.bytes, &at, span))
		if (is_named(record->text.bytes, span, name))
			return true;
	return false;
}

int record_parse(struct record *record, const char *line, size_t length, struct error *err)
{
	*record = (struct record){0};
	while (length &&
		(line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
		length--;
	if (!length)
		return error_invalid(err, "not a JSON object: the line is empty");
	buffer_append(&record->text, line, length);
	record->object = json_parse(record->text.bytes, length, err);
	if (json_object_is_type(record->object, json_type_object))
		return 0;
	if (record->object)
		error_invalid(err, "not a JSON object");
	record_release(record);
	return -1;
}

void record_init(struct record *record)
{
	*record = (struct record){.object = json_object_new_object()};
	if (!record->object)
		memory_exhausted();
	buffer_text(&record->text, "{}");
}

void record_release(struct record *record)
{
	json_object_put(record->object);
	buffer_release(&record->text);
	*record = (struct record){0};
}

struct json_object *record_member(const struct record *record, const char *name)
{
	return json_object_object_get(record->object, name);
}

const char *record_string(const struct record *record, const char *name)
{
	return json_string(record->object, name);
}

int record_is(const struct record *record, const char *name)
{
	struct json_object *value = record_member(record, name);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

const char *record_text(const struct record *record, const char *name, size_t *length)
{
	struct json_span span;

	if (!record_member(record, name) || !find_member(record, name, &span))
		return NULL;
	*length = span.value_end - span.value;
	return record->text.bytes + span.value;
}

/* Write `json` as the member's value into the text. */
static void edit(struct record *record, const char *name, const char *json)
{
	struct buffer *text = &record->text;
	struct buffer member = {0};
	struct json_span span;
	size_t at = 0;
	bool first = true;

	while (json_next_member(text->bytes, &at, &span)) {
		first = false;
		if (!is_named(text->bytes, &span, name))
			continue;
		buffer_replace(text, span.value, span.value_end - span.value, json, strlen(json));
		return;
	}
	if (!first)
		buffer_byte(&member, ',');
	compose_text(&member, name);
	buffer_byte(&member, ':');
	buffer_text(&member, json);
	buffer_replace(text, first ? at : span.value_end, 0, member.bytes, member.length);
	buffer_release(&member);
}

int record_set_json(struct record *record, const char *name, const char *value)
{
	struct json_object *parsed = json_parse(value, strlen(value), &(struct error){0});

	if (!parsed)
		return -1;
	edit(record, name, value);
	if (json_object_object_add(record->object, name, parsed))
		memory_exhausted();
	return 0;
}

void record_set_string(struct record *record, const char *name, const char *value)
{
	struct buffer json = {0};

	compose_text(&json, value);
	record_set_json(record, name, json.bytes);
	buffer_release(&json);
}

void record_set_number(struct record *record, const char *name, int64_t value)
{
	struct buffer json = {0};

	buffer_format(&json, "%" PRId64, value);
	record_set_json(record, name, json.bytes);
	buffer_release(&json);
}

void record_versions(struct buffer *lines)
{
	buffer_format(lines, "json-c %s\n", json_c_version());
}
