#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

#define WHITE " \t\r\n"

/* A look at JSON text; the text ends with a NUL that is not part of it. */
struct scan {
	const char *text;
	size_t at, length;
	size_t names;
	int depth;
	bool in_name;
	struct error *err;
};

static bool value(struct scan *scan);

static bool wrong(struct scan *scan, const char *what)
{
	if (scan->at >= scan->length)
		error_invalid(scan->err, "not JSON: it breaks off");
	else
		error_invalid(scan->err, "not JSON: %s at byte %zu", what, scan->at + 1);
	return false;
}

static char peek(const struct scan *scan)
{
	return scan->text[scan->at];
}

static void white(struct scan *scan)
{
	scan->at += strspn(scan->text + scan->at, WHITE);
}

static bool digits(struct scan *scan)
{
	size_t count = strspn(scan->text + scan->at, "0123456789");

	scan->at += count;
	return count > 0 || wrong(scan, "a digit is missing");
}

static bool number(struct scan *scan)
{
	if (peek(scan) == '-')
		scan->at++;
	if (peek(scan) == '0')
		scan->at++;
	else if (!digits(scan))
		return false;
	if (peek(scan) == '.') {
		scan->at++;
		if (!digits(scan))
			return false;
	}
	if (peek(scan) == 'e' || peek(scan) == 'E') {
		scan->at++;
		if (peek(scan) == '+' || peek(scan) == '-')
			scan->at++;
		if (!digits(scan))
			return false;
	}
	return true;
}

/* Read the four digits of a \u escape. */
static bool hex4(struct scan *scan, uint32_t *unit)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";

	*unit = 0;
	for (int i = 0; i < 4; i++, scan->at++) {
		const char *digit = peek(scan) ? strchr(hex, peek(scan)) : NULL;

		if (!digit)
			return wrong(scan, "a \\u escape has four hexadecimal digits, not this");
		*unit = *unit << 4 | ((uint32_t)(digit - hex) & 15);
	}
	return true;
}

static bool escape(struct scan *scan)
{
	uint32_t unit;

	scan->at++;
	if (peek(scan) != 'u') {
		if (!peek(scan) || !strchr("\"\\/bfnrt", peek(scan)))
			return wrong(scan, "an unknown escape");
		scan->at++;
		return true;
	}
	scan->at++;
	if (!hex4(scan, &unit))
		return false;
	if (unit == 0 && scan->in_name) /* json-c would cut the name there */
		return wrong(scan, "a NUL in a name");
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	if (unit > 0xdbff || peek(scan) != '\\' || scan->text[scan->at + 1] != 'u')
		return wrong(scan, "half of a surrogate pair");
	scan->at += 2;
	if (!hex4(scan, &unit))
		return false;
	return (unit >= 0xdc00 && unit <= 0xdfff) || wrong(scan, "half of a surrogate pair");
}

static bool string(struct scan *scan)
{
	if (peek(scan) != '"')
		return wrong(scan, "a string is missing");
	scan->at++;
	while (peek(scan) != '"') {
		if ((unsigned char)peek(scan) < 0x20)
			return wrong(scan, "a control character in a string");
		if (peek(scan) != '\\')
			scan->at++;
		else if (!escape(scan))
			return false;
	}
	scan->at++;
	return true;
}

static bool word(struct scan *scan, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(scan->text + scan->at, text, length) != 0)
		return wrong(scan, "an unknown word");
	scan->at += length;
	return true;
}

static bool member(struct scan *scan)
{
	bool good;

	scan->names++;
	scan->in_name = true;
	good = string(scan);
	scan->in_name = false;
	if (!good)
		return false;
	white(scan);
	if (peek(scan) != ':')
		return wrong(scan, "a colon is missing");
	scan->at++;
	white(scan);
	return value(scan);
}

/* Read what is between the brackets of an array or an object, and the closing one. */
static bool items(struct scan *scan, bool (*item)(struct scan *scan), char close)
{
	if (++scan->depth > JSON_MAX_DEPTH)
		return wrong(scan, "nesting too deep");
	scan->at++;
	white(scan);
	while (peek(scan) != close) {
		if (!item(scan))
			return false;
		white(scan);
		if (peek(scan) == close)
			break;
		if (peek(scan) != ',')
			return wrong(scan, "a comma is missing");
		scan->at++;
		white(scan);
		if (peek(scan) == close)
			return wrong(scan, "a comma with nothing after it");
	}
	scan->at++;
	scan->depth--;
	return true;
}

static bool value(struct scan *scan)
{
	switch (peek(scan)) {
	case '{':
		return items(scan, member, '}');
	case '[':
		return items(scan, value, ']');
	case '"':
		return string(scan);
	case 't':
		return word(scan, "true");
	case 'f':
		return word(scan, "false");
	case 'n':
		return word(scan, "null");
	default:
		if (!peek(scan) || !strchr("-0123456789", peek(scan)))
			return wrong(scan, "a value is missing");
		return number(scan);
	}
}

int json_check(const char *text, size_t length, size_t *names, struct error *err)
{
	struct scan scan = {.text = text, .length = length, .err = err};

	if (!utf8_valid(text, length))
		return error_invalid(err, "not JSON: not UTF-8");
	white(&scan);
	if (!value(&scan))
		return -1;
	white(&scan);
	if (scan.at < length)
		return error_invalid(
			err, "not one JSON value: more follows at byte %zu", scan.at + 1);
	*names = scan.names;
	return 0;
}

static size_t count_members(struct json_object *parsed)
{
	size_t members = 0;

	if (json_object_is_type(parsed, json_type_object)) {
		json_object_object_foreach(parsed, name, item)
		{
			(void)name;
			members += 1 + count_members(item);
		}
	} else if (json_object_is_type(parsed, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(parsed); i++)
			members += count_members(json_object_array_get_idx(parsed, i));
	}
	return members;
}

/* Parse checked text; where json-c can't, it lacks memory. */
static struct json_object *parse(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
	struct json_object *parsed;

	if (!tokener)
		memory_exhausted();
	parsed = json_tokener_parse_ex(tokener, text, (int)length);
	if (json_tokener_get_error(tokener) ==
		json_tokener_continue) /* a number: the NUL ends it */
		parsed = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		memory_exhausted();
	json_tokener_free(tokener);
	return parsed;
}

struct json_object *json_parse(const char *text, size_t length, struct error *err)
{
	struct json_object *parsed;
	size_t names;

	if (json_check(text, length, &names, err))
		return NULL;
	parsed = parse(text, length);
	if (!parsed && text[strspn(text, WHITE)] != 'n')
		memory_exhausted();
	if (!parsed)
		error_invalid(err, "not a JSON object: null");
	if (!parsed || count_members(parsed) == names)
		return parsed;
	/* A name stands twice, or json-c had no memory for a member and left it out without a word.
	 * The former is so once more. */
	json_object_put(parsed);
	parsed = parse(text, length);
	if (count_members(parsed) == names)
		return parsed;
	json_object_put(parsed);
	error_invalid(err, "a name stands twice in one object");
	return NULL;
}

const char *json_string(struct json_object *object, const char *name)
{
	struct json_object *found;
	const char *text;

	if (!json_object_is_type(object, json_type_object) ||
		!json_object_object_get_ex(object, name, &found) ||
		!json_object_is_type(found, json_type_string))
		return NULL;
	text = json_object_get_string(found);
	return strlen(text) == (size_t)json_object_get_string_len(found) ? text : NULL;
}

/* Return where the string that begins at `at` ends. */
static size_t past_string(const char *text, size_t at)
{
	for (at++; text[at] != '"'; at++)
		if (text[at] == '\\')
			at++;
	return at + 1;
}

/* Return where the value that begins at `at` ends. */
static size_t past_value(const char *text, size_t at)
{
	size_t depth = 0;

	if (text[at] != '"' && text[at] != '{' && text[at] != '[')
		return at + strcspn(text + at, ",}]" WHITE);
	do {
		if (text[at] == '"') {
			at = past_string(text, at);
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
	span->name_end = past_string(text, *at);
	span->value = span->name_end + strspn(text + span->name_end, ":" WHITE);
	span->value_end = past_value(text, span->value);
	*at = span->value_end;
	return 1;
}
