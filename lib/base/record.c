#include "base/record.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/memory.h"
#include "base/quoted.h"

#define WHITE " \t\r\n"

/* About so many bytes a tool adds to a record. */
enum { USUAL_GROWTH = 600 };

struct record_member {
	struct json_span span;	   /* where it stands in the text */
	struct json_object *value; /* NULL until somebody reads it */
};

static struct record_member *find(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->member_count; i++) {
		struct record_member *member = &record->members[i];

		if (quoted_is(record->text.bytes + member->span.name, name))
			return member;
	}
	return NULL;
}

static void add(const struct json_span *span, void *state)
{
	struct record *record = state;

	if (record->member_count == record->member_room) {
		record->member_room = record->member_room ? 2 * record->member_room : 16;
		record->members = memory_resize(
			record->members, record->member_room, sizeof(record->members[0]));
	}
	record->members[record->member_count++] = (struct record_member){.span = *span};
}

static bool is_white(char c)
{
	return c && strchr(WHITE, c);
}

int record_parse(struct record *record, const char *line, size_t length, struct error *err)
{
	int rc;

	*record = (struct record){0};
	while (length && is_white(line[length - 1]))
		length--;
	if (!length)
		return error_invalid(err, "not a JSON object: the line is empty");
	buffer_reserve(&record->text, length + USUAL_GROWTH);
	buffer_append(&record->text, line, length);
	rc = json_check_members(record->text.bytes, length, add, record, err);
	if (rc == 0 && record->text.bytes[length - 1] != '}')
		rc = error_invalid(err, "not a JSON object");
	if (rc)
		record_release(record);
	return rc;
}

void record_init(struct record *record)
{
	*record = (struct record){0};
	buffer_text(&record->text, "{}");
}

void record_release(struct record *record)
{
	for (size_t i = 0; i < record->member_count; i++)
		json_object_put(record->members[i].value);
	json_object_put(record->whole);
	free(record->members);
	buffer_release(&record->text);
	*record = (struct record){0};
}

bool record_has(const struct record *record, const char *name)
{
	return find(record, name) != NULL;
}

struct json_object *record_member(const struct record *record, const char *name)
{
	struct record_member *member = find(record, name);

	if (member && !member->value)
		member->value = json_build(record->text.bytes + member->span.value);
	return member ? member->value : NULL;
}

const char *record_string(const struct record *record, const char *name)
{
	return json_text(record_member(record, name));
}

bool record_is(const struct record *record, const char *name)
{
	struct json_object *value = record_member(record, name);

	return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

const char *record_text(const struct record *record, const char *name, size_t *length)
{
	const struct record_member *member = find(record, name);
	const char *value = member ? record->text.bytes + member->span.value : NULL;

	if (!value || *value == 'n')
		return NULL;
	*length = member->span.value_end - member->span.value;
	return value;
}

struct json_object *record_object(struct record *record)
{
	if (!record->whole)
		record->whole = json_build(record->text.bytes);
	return record->whole;
}

/* Put another value where the member's stands. */
static void replace(
	struct record *record, struct record_member *member, const char *value, size_t length)
{
	size_t removed = member->span.value_end - member->span.value;

	buffer_replace(&record->text, member->span.value, removed, value, length);
	json_object_put(member->value);
	member->value = NULL;
	member->span.value_end += length - removed;
	for (member++; member < record->members + record->member_count; member++) {
		member->span.name += length - removed;
		member->span.name_end += length - removed;
		member->span.value += length - removed;
		member->span.value_end += length - removed;
	}
}

/* Put a member behind the last one, or else before the closing brace. */
static void append(struct record *record, const char *name, const char *value, size_t length)
{
	struct buffer *text = &record->text;
	bool first = record->member_count == 0;
	size_t at =
		first ? text->length - 1 : record->members[record->member_count - 1].span.value_end;
	size_t tail = text->length - at;
	struct json_span span;

	if (!first)
		buffer_byte(text, ',');
	span.name = text->length - tail;
	compose_text(text, name);
	span.name_end = text->length - tail;
	buffer_byte(text, ':');
	span.value = text->length - tail;
	buffer_append(text, value, length);
	span.value_end = text->length - tail;
	buffer_reserve(text, tail);
	buffer_append(text, text->bytes + at, tail);
	buffer_replace(text, at, tail, NULL, 0); /* what closes the object is behind it now */
	add(&span, record);
}

static void set(struct record *record, const char *name, const char *value, size_t length)
{
	struct record_member *member = find(record, name);

	json_object_put(record->whole);
	record->whole = NULL;
	if (member)
		replace(record, member, value, length);
	else
		append(record, name, value, length);
}

int record_set_json(struct record *record, const char *name, const char *value)
{
	size_t length;

	value += strspn(value, WHITE);
	length = strlen(value);
	if (json_check(value, length, &(struct error){0}) || *value == 'n')
		return -1;
	while (is_white(value[length - 1]))
		length--;
	set(record, name, value, length);
	return 0;
}

void record_set_composed(struct record *record, const char *name, const struct buffer *value)
{
	set(record, name, value->bytes, value->length);
}

void record_set_string(struct record *record, const char *name, const char *value)
{
	struct buffer json = {0};

	compose_text(&json, value);
	record_set_composed(record, name, &json);
	buffer_release(&json);
}

void record_set_number(struct record *record, const char *name, int64_t value)
{
	struct buffer json = {0};

	buffer_number(&json, value);
	record_set_composed(record, name, &json);
	buffer_release(&json);
}

void record_versions(struct buffer *lines)
{
	buffer_format(lines, "json-c %s\n", json_c_version());
}
