#include "base/quoted.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/utf8.h"

enum { END = -1, LONGEST_POINT = 4, BLOCK = 32 };

/* Not with && and ||: without branches a block is looked at as a whole. */
static unsigned char is_odd(signed char c)
{
	return (c < 0x20) | (c == '"') | (c == '\\'); /* what is not ASCII is below 0 */
}

static bool is_plain(const char *block)
{
	unsigned char odd = 0;

	for (int i = 0; i < BLOCK; i++)
		odd |= is_odd((signed char)block[i]);
	return !odd;
}

size_t quoted_plain(const char *text, size_t length)
{
	size_t count = 0;

	while (length - count >= BLOCK && is_plain(text + count))
		count += BLOCK;
	if (count > 0 && length - count < BLOCK && is_plain(text + length - BLOCK))
		return length;
	while (count < length && !is_odd((signed char)text[count]))
		count++;
	return count;
}

const char *quoted_end(const char *string)
{
	for (string++; *string != '"'; string++)
		if (*string == '\\')
			string++;
	return string + 1;
}

/* Read the four digits of a \u escape. */
static int32_t hex4(const char *digits)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++)
		unit = unit << 4 | ((digits[i] & 15) + (digits[i] > '9' ? 9 : 0));
	return unit;
}

/* Step over an escape, and return what it stands for. */
static int32_t next_escape(const char **at)
{
	static const char letters[] = "bfnrt", plain[] = "\b\f\n\r\t";
	const char *letter;
	int32_t point;

	*at += 2;
	if ((*at)[-1] != 'u') {
		letter = strchr(letters, (*at)[-1]);
		return letter ? plain[letter - letters] : (*at)[-1];
	}
	point = hex4(*at);
	*at += 4;
	if (point < 0xd800 || point > 0xdfff)
		return point;
	point = 0x10000 + ((point - 0xd800) << 10) + (hex4(*at + 2) - 0xdc00);
	*at += 6;
	return point;
}

/* Step to the next code point within a string; END at its closing quote. */
static int32_t next_point(const char **at)
{
	uint32_t point;

	if (**at == '"')
		return END;
	if (**at == '\\')
		return next_escape(at);
	*at += utf8_next(*at, LONGEST_POINT, &point);
	return (int32_t)point;
}

void quoted_decode(struct buffer *out, const char *string)
{
	const char *at = string + 1;

	while (*at != '"') {
		size_t run = strcspn(at, "\"\\");

		buffer_append(out, at, run);
		at += run;
		if (*at == '\\')
			utf8_append(out, (uint32_t)next_escape(&at));
	}
}

static bool says(const char *string, const char *text)
{
	struct buffer decoded = {0};
	bool same;

	quoted_decode(&decoded, string);
	same = decoded.length == strlen(text) && strcmp(decoded.bytes, text) == 0;
	buffer_release(&decoded);
	return same;
}

bool quoted_is(const char *string, const char *text)
{
	const char *at = string + 1, *rest = text;

	while (*rest && *at == *rest && *at != '\\' && *at != '"')
		at++, rest++;
	return *at == '\\' ? says(string, text) : *at == '"' && !*rest;
}

int quoted_compare(const char *a, const char *b)
{
	int32_t of_a, of_b;

	a++, b++;
	do {
		of_a = next_point(&a);
		of_b = next_point(&b);
	} while (of_a == of_b && of_a != END);
	return (of_a > of_b) - (of_a < of_b);
}
