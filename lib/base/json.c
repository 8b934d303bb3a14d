#include "base/json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_check.h"
#include "base/memory.h"
#include "base/quoted.h"

#define WHITE " \t\r\n"

/* Text that is being made an object. */
struct building {
	const char *at;
	struct buffer string; /* the one in hand */
};

static struct json_object *build(struct building *building);

/* json-c has no other way to fail. */
static struct json_object *made(struct json_object *object)
{
	if (!object)
		memory_exhausted();
	return object;
}

static void pass(struct building *building, const char *passed)
{
	building->at += strspn(building->at, passed);
}

static void decode(struct building *building, const char *string)
{
	buffer_clear(&building->string);
	buffer_text(&building->string, "");
	quoted_decode(&building->string, string);
}

static struct json_object *build_string(struct building *building)
{
	const struct buffer *string = &building->string;
	const char *start = building->at + 1;
	size_t plain = strcspn(start, "\"\\");

	if (start[plain] == '"') {
		building->at = start + plain + 1;
		return made(json_object_new_string_len(start, (int)plain));
	}
	decode(building, building->at);
	building->at = quoted_end(building->at);
	return made(json_object_new_string_len(string->bytes, (int)string->length));
}

/* What doesn't fit is as near as it can be. */
static struct json_object *build_number(struct building *building)
{
	const char *start = building->at;
	size_t length = strspn(start, "-+.0123456789eE");
	long long number;

	building->at += length;
	if (strcspn(start, ".eE") < length) {
		buffer_clear(&building->string);
		buffer_append(&building->string, start, length);
		return made(json_object_new_double_s(strtod(start, NULL), building->string.bytes));
	}
	number = strtoll(start, NULL, 10);
	if (number == LLONG_MAX)
		return made(json_object_new_uint64(strtoull(start, NULL, 10)));
	return made(json_object_new_int64(number));
}

static struct json_object *build_array(struct building *building)
{
	struct json_object *array = made(json_object_new_array());

	building->at++;
	for (pass(building, WHITE); *building->at != ']'; pass(building, WHITE ","))
		if (json_object_array_add(array, build(building)))
			memory_exhausted();
	building->at++;
	return array;
}

static struct json_object *build_object(struct building *building)
{
	struct json_object *object = made(json_object_new_object());

	building->at++;
	for (pass(building, WHITE); *building->at != '}'; pass(building, WHITE ",")) {
		const char *name = building->at;
		struct json_object *value;

		building->at = quoted_end(name);
		pass(building, WHITE ":");
		value = build(building);
		decode(building, name);
		if (json_object_object_add_ex(
			    object, building->string.bytes, value, JSON_C_OBJECT_ADD_KEY_IS_NEW))
			memory_exhausted();
	}
	building->at++;
	return object;
}

static struct json_object *build(struct building *building)
{
	switch (*building->at) {
	case '{':
		return build_object(building);
	case '[':
		return build_array(building);
	case '"':
		return build_string(building);
	case 't':
		building->at += 4;
		return made(json_object_new_boolean(1));
	case 'f':
		building->at += 5;
		return made(json_object_new_boolean(0));
	case 'n':
		building->at += 4;
		return NULL;
	default:
		return build_number(building);
	}
}

struct json_object *json_build(const char *text)
{
	struct building building = {.at = text + strspn(text, WHITE)};
	struct json_object *built = build(&building);

	buffer_release(&building.string);
	return built;
}

struct json_object *json_parse(const char *text, size_t length, struct error *err)
{
	struct json_object *parsed;

	if (json_check(text, length, err))
		return NULL;
	parsed = json_build(text);
	if (!parsed)
		error_invalid(err, "not a JSON object: null");
	return parsed;
}

struct json_object *json_member(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &found);
	return found;
}

const char *json_text(struct json_object *value)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

const char *json_string(struct json_object *object, const char *name)
{
	return json_text(json_member(object, name));
}

/* Return where the value that begins at `at` ends. */
static size_t past_value(const char *text, size_t at)
{
	size_t depth = 0;

	if (text[at] != '"' && text[at] != '{' && text[at] != '[')
		return at + strcspn(text + at, ",}]" WHITE);
	do {
		if (text[at] == '"') {
			at = (size_t)(quoted_end(text + at) - text);
			continue;
		}
		if (text[at] == '{' || text[at] == '[')
			depth++;
		else if (text[at] == '}' || text[at] == ']')
			depth--;
		at++;
	} while (depth > 0);
	return at;
}

int json_next_member(const char *text, size_t *at, struct json_span *span)
{
	*at = *at ? *at : strspn(text, WHITE) + 1;
	*at += strspn(text + *at, "," WHITE);
	if (text[*at] == '}')
		return 0;
	span->name = *at;
	span->name_end = (size_t)(quoted_end(text + *at) - text);
	span->value = span->name_end + strspn(text + span->name_end, ":" WHITE);
	span->value_end = past_value(text, span->value);
	*at = span->value_end;
	return 1;
}

int json_next_item(const char *text, size_t *at, struct json_span *span)
{
	*at = *at ? *at : strspn(text, WHITE) + 1;
	*at += strspn(text + *at, "," WHITE);
	if (text[*at] == ']')
		return 0;
	span->name = span->name_end = *at;
	span->value = *at;
	span->value_end = past_value(text, *at);
	*at = span->value_end;
	return 1;
}
