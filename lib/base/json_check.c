#include "base/json_check.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/quoted.h"
#include "base/utf8.h"

/* A look at JSON text; the text ends with a NUL that is not part of it. */
struct scan {
	const char *text;
	size_t at, length;
	int depth;
	bool in_name;
	const char **names; /* of the objects that are not over, each object's together */
	size_t name_count, name_room;
	void (*tell)(const struct json_span *span, void *state); /* or NULL */
	void *state;
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
	while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\r' || peek(scan) == '\n')
		scan->at++;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool digits(struct scan *scan)
{
	if (!is_digit(peek(scan)))
		return wrong(scan, "a digit is missing");
	while (is_digit(peek(scan)))
		scan->at++;
	return true;
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

/* Step over one character of a string. */
static bool character(struct scan *scan)
{
	uint32_t point;
	size_t size;

	if (peek(scan) == '\\')
		return escape(scan);
	if ((unsigned char)peek(scan) < 0x20)
		return wrong(scan, "a control character in a string");
	size = utf8_next(scan->text + scan->at, scan->length - scan->at, &point);
	scan->at += size;
	return size > 0 || wrong(scan, "not UTF-8");
}

static bool string(struct scan *scan)
{
	if (peek(scan) != '"')
		return wrong(scan, "a string is missing");
	scan->at++;
	for (;;) {
		scan->at += quoted_plain(scan->text + scan->at, scan->length - scan->at);
		if (peek(scan) == '"')
			break;
		if (!character(scan))
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

static void keep_name(struct scan *scan)
{
	if (scan->name_count == scan->name_room) {
		scan->name_room = scan->name_room ? 2 * scan->name_room : 32;
		scan->names = memory_resize(scan->names, scan->name_room, sizeof(*scan->names));
	}
	scan->names[scan->name_count++] = scan->text + scan->at;
}

static bool name(struct scan *scan)
{
	bool good;

	keep_name(scan);
	scan->in_name = true;
	good = string(scan);
	scan->in_name = false;
	return good;
}

static bool member(struct scan *scan)
{
	struct json_span span = {.name = scan->at};

	if (!name(scan))
		return false;
	span.name_end = scan->at;
	white(scan);
	if (peek(scan) != ':')
		return wrong(scan, "a colon is missing");
	scan->at++;
	white(scan);
	span.value = scan->at;
	if (!value(scan))
		return false;
	span.value_end = scan->at;
	if (scan->depth == 1 && scan->tell)
		scan->tell(&span, scan->state);
	return true;
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

static int compare_names(const void *a, const void *b)
{
	return quoted_compare(*(const char *const *)a, *(const char *const *)b);
}

static bool object(struct scan *scan)
{
	size_t first = scan->name_count;
	const char **names;
	size_t count;

	if (!items(scan, member, '}'))
		return false;
	count = scan->name_count - first;
	scan->name_count = first;
	if (count < 2)
		return true;
	names = scan->names + first;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++) {
		if (quoted_compare(names[i - 1], names[i]) == 0) {
			error_invalid(scan->err, "a name stands twice in one object");
			return false;
		}
	}
	return true;
}

static bool value(struct scan *scan)
{
	switch (peek(scan)) {
	case '{':
		return object(scan);
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
		if (peek(scan) != '-' && !is_digit(peek(scan)))
			return wrong(scan, "a value is missing");
		return number(scan);
	}
}

static bool text(struct scan *scan)
{
	white(scan);
	if (!value(scan))
		return false;
	white(scan);
	if (scan->at < scan->length)
		error_invalid(
			scan->err, "not one JSON value: more follows at byte %zu", scan->at + 1);
	return scan->at == scan->length;
}

int json_check_members(const char *bytes, size_t length,
	void (*tell)(const struct json_span *span, void *state), void *state, struct error *err)
{
	struct scan scan = {
		.text = bytes, .length = length, .tell = tell, .state = state, .err = err};
	bool good = text(&scan);

	free(scan.names);
	return good ? 0 : -1;
}

int json_check(const char *bytes, size_t length, struct error *err)
{
	return json_check_members(bytes, length, NULL, NULL, err);
}
