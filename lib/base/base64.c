#include "base/base64.h"

#include <stdint.h>

#include "base/buffer.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Write the four letters of three bytes, which are the lower 24 bits of `bits`. */
static void put_letters(char *to, uint32_t bits)
{
	to[0] = letters[bits >> 18];
	to[1] = letters[bits >> 12 & 63];
	to[2] = letters[bits >> 6 & 63];
	to[3] = letters[bits & 63];
}

void base64_encode(struct buffer *out, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;
	char *to;

	buffer_reserve(out, (length + 2) / 3 * 4);
	to = out->bytes + out->length;
	for (; length >= 3; length -= 3, from += 3, to += 4)
		put_letters(to, (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2]);
	if (length > 0) {
		put_letters(
			to, (uint32_t)from[0] << 16 | (length > 1 ? (uint32_t)from[1] << 8 : 0));
		to[3] = '=';
		if (length == 1)
			to[2] = '=';
		to += 4;
	}
	*to = '\0';
	out->length = (size_t)(to - out->bytes);
}

/* What each byte is worth as a letter, and one more, so that 0 is no letter. */
struct worth {
	unsigned char of[256];
};

static struct worth find_worth(void)
{
	struct worth worth = {{0}};

	for (unsigned char i = 0; i < 64; i++)
		worth.of[(unsigned char)letters[i]] = (unsigned char)(i + 1);
	return worth;
}

/* Read `count` letters, and take those that are missing to four for zeros; -1 if one is none. */
static int get_bits(const struct worth *worth, const char *text, size_t count, uint32_t *bits)
{
	*bits = 0;
	for (size_t i = 0; i < 4; i++) {
		uint32_t found = i < count ? worth->of[(unsigned char)text[i]] : 1;

		if (!found)
			return -1;
		*bits = *bits << 6 | (found - 1);
	}
	return 0;
}

static size_t count_padding(const char *text, size_t length)
{
	size_t padding = 0;

	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	return padding;
}

int base64_decode(struct buffer *out, const char *text, size_t length)
{
	const struct worth worth = find_worth();
	size_t padding = count_padding(text, length);
	uint32_t bits = 0;
	char *to;

	if (length % 4)
		return -1;
	buffer_reserve(out, length / 4 * 3);
	to = out->bytes + out->length;
	for (; length > 0; length -= 4, text += 4, to += 3) {
		if (get_bits(&worth, text, length > 4 ? 4 : 4 - padding, &bits))
			break;
		to[0] = (char)(bits >> 16);
		to[1] = (char)(bits >> 8);
		to[2] = (char)bits;
	}
	if (length > 0 || bits & ((1u << 8 * padding) - 1)) {
		out->bytes[out->length] = '\0';
		return -1;
	}
	out->length = (size_t)(to - out->bytes) - padding;
	out->bytes[out->length] = '\0';
	return 0;
}
