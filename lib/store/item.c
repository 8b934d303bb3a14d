#include "store/item.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/memory.h"
#include "store/row.h"

/* The attributes that are a row's own strings; status and expires_at are besides. */
static const struct {
	const char *name;
	size_t offset;
	bool is_json;
	bool decides; /* which of two rows stays */
} strings[] = {
	{"image_key", offsetof(struct row, image_key), false, false},
	{"bucket", offsetof(struct row, bucket), false, true},
	{"sequencer", offsetof(struct row, sequencer), false, true},
	{"started_at", offsetof(struct row, started_at), false, true},
	{"created_at", offsetof(struct row, created_at), false, true},
	{"etag", offsetof(struct row, etag), false, false},
	{"reason", offsetof(struct row, reason), false, false},
	{"processed_key", offsetof(struct row, processed_key), false, false},
	{"source", offsetof(struct row, source), true, false},
	{"image", offsetof(struct row, image), true, false},
	{"renditions", offsetof(struct row, renditions), true, false},
	{"labels", offsetof(struct row, labels), true, false},
};

enum { STRINGS = sizeof(strings) / sizeof(strings[0]), FIRST = 1 /* behind the key */ };

enum { NUMBER = 24, NUMBER_BYTES = 6 };

static char **string_of(struct row *row, size_t i)
{
	return (char **)((char *)row + strings[i].offset);
}

static const char *text_of(const struct row *row, size_t i)
{
	return *(char *const *)((const char *)row + strings[i].offset);
}

/* Write expires_at, and return it; NULL if the row has none. */
static const char *expiry_of(const struct row *row, char number[NUMBER])
{
	snprintf(number, NUMBER, "%" PRId64, row->expires_at);
	return row->expires_at ? number : NULL;
}

static int refuse(struct error *err, const char *name, const char *why)
{
	return error_internal(err, "an item that is no row: its %s %s", name, why);
}

/* Find the value of an attribute, which is of `type`. It is NULL if there is none. */
static int read_value(struct json_object *item, const char *name, const char *type,
	const char **value, struct error *err)
{
	struct json_object *attribute;

	*value = NULL;
	if (!json_object_object_get_ex(item, name, &attribute))
		return 0;
	*value = json_string(attribute, type);
	if (*value)
		return 0;
	return refuse(
		err, name, *type == 'S' ? "is no string, or has a NUL in it" : "is no number");
}

/* Return whether the text can be part of a record's line as it is. */
static bool is_json_line(const char *text)
{
	return !strpbrk(text, "\r\n") && json_check(text, strlen(text), &(struct error){0}) == 0;
}

static int read_strings(struct json_object *item, struct row *row, struct error *err)
{
	for (size_t i = 0; i < STRINGS; i++) {
		const char *value;

		if (read_value(item, strings[i].name, "S", &value, err))
			return -1;
		if (value && strings[i].is_json && !is_json_line(value))
			return refuse(err, strings[i].name, "is not JSON in one line");
		*string_of(row, i) = memory_copy(value);
	}
	return 0;
}

static int read_expiry(struct json_object *item, struct row *row, struct error *err)
{
	const char *value;
	char *end;

	if (read_value(item, "expires_at", "N", &value, err))
		return -1;
	if (!value)
		return 0;
	errno = 0;
	row->expires_at = strtoll(value, &end, 10);
	if (errno || *end || row->expires_at <= 0)
		return refuse(err, "expires_at", "is no time in whole seconds since 1970");
	return 0;
}

static int read_row(struct json_object *item, struct row *row, struct error *err)
{
	const char *status;

	if (!json_object_is_type(item, json_type_object))
		return error_internal(err, "an item that is no object");
	if (read_strings(item, row, err) || read_expiry(item, row, err) ||
		read_value(item, "status", "S", &status, err))
		return -1;
	row->status = row_status_parse(status);
	if (!row->image_key)
		return refuse(err, "image_key", "is missing");
	if (row->status == ROW_NOT_FOUND)
		return refuse(err, "status", status ? "is none of a row's" : "is missing");
	return 0;
}

int item_read(struct json_object *item, struct row *row, struct error *err)
{
	int rc = read_row(item, row, err);

	if (rc)
		row_release(row);
	return rc;
}

size_t item_bytes(const struct row *row)
{
	size_t bytes = strlen("status") + strlen(row_status_name(row->status));

	for (size_t i = 0; i < STRINGS; i++)
		if (text_of(row, i))
			bytes += strlen(strings[i].name) + strlen(text_of(row, i));
	if (row->expires_at)
		bytes += strlen("expires_at") + NUMBER_BYTES;
	return bytes;
}

/* The parts of an update. */
struct update {
	struct buffer set, remove, condition; /* expressions */
	struct buffer names, values; /* JSON objects: what they call attributes and values */
};

/* Append the value that expressions call `prefix` and `name`. */
static void add_value(struct update *update, const char *prefix, const char *name, const char *type,
	const char *text)
{
	struct buffer typed = {0}, called = {0};

	buffer_byte(&typed, '{');
	compose_string(&typed, type, text);
	buffer_byte(&typed, '}');
	buffer_format(&called, "%s%s", prefix, name);
	compose_json(&update->values, called.bytes, typed.bytes);
	buffer_release(&typed);
	buffer_release(&called);
}

/* Let the attribute become `text`, or go if that is NULL. */
static void set_attribute(
	struct update *update, const char *name, const char *type, const char *text)
{
	char called[32];

	snprintf(
		called, sizeof(called), "#%s", name); /* many of them are words of DynamoDB's own */
	compose_string(&update->names, called, name);
	if (!text) {
		buffer_format(
			&update->remove, "%s#%s", update->remove.length ? ", " : " REMOVE ", name);
		return;
	}
	buffer_format(&update->set, "%s#%s = :%s", update->set.length ? ", " : "SET ", name, name);
	add_value(update, ":", name, type, text);
}

/* Ask that the attribute is still `text`, or still missing if that is NULL. */
static void expect_attribute(
	struct update *update, const char *name, const char *type, const char *text)
{
	if (update->condition.length)
		buffer_text(&update->condition, " AND ");
	if (text) {
		buffer_format(&update->condition, "#%s = :old_%s", name, name);
		add_value(update, ":old_", name, type, text);
	} else {
		buffer_format(&update->condition, "attribute_not_exists(#%s)", name);
	}
}

static void set_row(struct update *update, const struct row *row)
{
	char expiry[NUMBER];

	for (size_t i = FIRST; i < STRINGS; i++)
		set_attribute(update, strings[i].name, "S", text_of(row, i));
	set_attribute(update, "status", "S", row_status_name(row->status));
	set_attribute(update, "expires_at", "N", expiry_of(row, expiry));
}

static void expect_row(struct update *update, const struct row *old)
{
	char expiry[NUMBER];

	if (old->status == ROW_NOT_FOUND) {
		buffer_text(&update->condition, "attribute_not_exists(image_key)");
		return;
	}
	for (size_t i = FIRST; i < STRINGS; i++)
		if (strings[i].decides)
			expect_attribute(update, strings[i].name, "S", text_of(old, i));
	expect_attribute(update, "status", "S", row_status_name(old->status));
	expect_attribute(update, "expires_at", "N", expiry_of(old, expiry));
}

void item_update(const struct row *row, const struct row *old, struct buffer *json)
{
	struct update update = {0};

	buffer_byte(&update.names, '{');
	buffer_byte(&update.values, '{');
	set_row(&update, row);
	expect_row(&update, old);
	buffer_byte(&update.names, '}');
	buffer_byte(&update.values, '}');
	if (update.remove.length)
		buffer_text(&update.set, update.remove.bytes);
	compose_string(json, "UpdateExpression", update.set.bytes);
	compose_string(json, "ConditionExpression", update.condition.bytes);
	compose_json(json, "ExpressionAttributeNames", update.names.bytes);
	compose_json(json, "ExpressionAttributeValues", update.values.bytes);
	buffer_release(&update.set);
	buffer_release(&update.remove);
	buffer_release(&update.condition);
	buffer_release(&update.names);
	buffer_release(&update.values);
}
