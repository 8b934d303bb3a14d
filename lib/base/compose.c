#include "base/compose.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "base/quoted.h"
#include "base/utf8.h"

/* Append a character that JSON does not take as it is. */
static void escape(struct buffer *json, uint32_t point)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *found = strchr(plain, (int)point);

	if (found)
		buffer_format(json, "\\%c", letters[found - plain]);
	else
		buffer_format(json, "\\u%04x", (unsigned)point);
}

/* Append the character that `text` begins with, and return how many bytes of it that was. */
static size_t append_character(struct buffer *json, const char *text, size_t length)
{
	uint32_t point;
	size_t size = utf8_next(text, length, &point);

	if (!size)
		buffer_text(json, "\xef\xbf\xbd");
	else if (point < 0x80)
		escape(json, point);
	else
		buffer_append(json, text, size);
	return size ? size : 1;
}

void compose_text(struct buffer *json, const char *text)
{
	size_t length = strlen(text);

	buffer_byte(json, '"');
	for (;;) {
		size_t plain = quoted_plain(text, length);

		buffer_append(json, text, plain);
		text += plain;
		length -= plain;
		if (!length)
			break;
		plain = append_character(json, text, length);
		text += plain;
		length -= plain;
	}
	buffer_byte(json, '"');
}

static void begin_member(struct buffer *json, const char *name)
{
	if (json->bytes[json->length - 1] != '{')
		buffer_byte(json, ',');
	compose_text(json, name);
	buffer_byte(json, ':');
}

void compose_string(struct buffer *json, const char *name, const char *value)
{
	if (!value)
		return;
	begin_member(json, name);
	compose_text(json, value);
}

void compose_number(struct buffer *json, const char *name, int64_t value)
{
	begin_member(json, name);
	buffer_number(json, value);
}

void compose_tenths(struct buffer *json, const char *name, double value)
{
	begin_member(json, name);
	buffer_format(json, "%.10g", round(value * 10) / 10);
}

void compose_fraction(struct buffer *json, const char *name, double value)
{
	begin_member(json, name);
	buffer_format(json, "%.10g", round(value * 10000) / 10000);
}

void compose_bool(struct buffer *json, const char *name, bool value)
{
	compose_json(json, name, value ? "true" : "false");
}

void compose_json(struct buffer *json, const char *name, const char *value)
{
	begin_member(json, name);
	buffer_text(json, value);
}
