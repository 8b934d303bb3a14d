#include "base/utf8.h"

#include "base/buffer.h"

size_t utf8_next(const char *text, size_t length, uint32_t *point)
{
	const unsigned char *bytes = (const unsigned char *)text;
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size;

	if (bytes[0] < 0x80) {
		*point = bytes[0];
		return 1;
	}
	size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc0 || bytes[0] > 0xf4 || size > length)
		return 0;
	*point = bytes[0] & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3fu);
	}
	if (*point < smallest[size] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return size;
}

bool utf8_valid(const char *bytes, size_t length)
{
	uint32_t point;

	while (length > 0) {
		size_t size = utf8_next(bytes, length, &point);

		if (!size)
			return false;
		bytes += size;
		length -= size;
	}
	return true;
}

void utf8_append(struct buffer *out, uint32_t point)
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	int size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	char bytes[4];

	for (int i = size - 1; i > 0; i--, point >>= 6)
		bytes[i] = (char)(0x80 | (point & 0x3f));
	bytes[0] = (char)(leads[size] | point);
	buffer_append(out, bytes, (size_t)size);
}

/* Control characters of both kinds, and what reorders or breaks a line: the bidirectional marks of
 * UAX #9, the line and paragraph separators, the byte order mark. */
static bool is_shown(uint32_t point)
{
	return point >= 0x20 && !(point >= 0x7f && point < 0xa0) && point != 0x61c &&
		!(point >= 0x200b && point <= 0x200f) && !(point >= 0x2028 && point <= 0x202e) &&
		!(point >= 0x2066 && point <= 0x2069) && point != 0xfeff;
}

void utf8_show(struct buffer *out, const char *bytes, size_t length)
{
	uint32_t point;

	while (length > 0) {
		size_t size = utf8_next(bytes, length, &point);

		if (!size)
			buffer_format(out, "\\x%02x", (unsigned char)bytes[0]);
		else if (is_shown(point))
			buffer_append(out, bytes, size);
		else if (point == '\n' || point == '\t' || point == '\r')
			buffer_text(out, point == '\n' ? "\\n" : point == '\t' ? "\\t" : "\\r");
		else
			buffer_format(out, point < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)point);
		size = size ? size : 1;
		bytes += size;
		length -= size;
	}
}
