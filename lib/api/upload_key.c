#include "api/upload_key.h"

#include <string.h>

#include "api/upload_limits.h"
#include "base/buffer.h"

static void append_hex(struct buffer *key, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	buffer_byte(key, digits[byte >> 4]);
	buffer_byte(key, digits[byte & 15]);
}

/* Append "uploads/SUB/". */
static void append_prefix(struct buffer *key, const char *sub)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";

	buffer_text(key, UPLOAD_KEY_PREFIX);
	if (!sub)
		return;
	if (!*sub)
		buffer_byte(key, '_');
	for (; *sub; sub++) {
		if (strchr(plain, *sub)) {
			buffer_byte(key, *sub);
		} else {
			buffer_byte(key, '_');
			append_hex(key, (unsigned char)*sub);
		}
	}
	buffer_byte(key, '/');
}

char *upload_key_make(const char *sub, const struct upload_type *type,
	const unsigned char random[UPLOAD_KEY_RANDOM])
{
	struct buffer key = {0};

	append_prefix(&key, sub);
	for (int i = 0; i < UPLOAD_KEY_RANDOM; i++) {
		unsigned char byte = random[i];

		if (i == 6)
			byte = (byte & 0x0f) | 0x40; /* the version */
		else if (i == 8)
			byte = (byte & 0x3f) | 0x80; /* the variant */
		if (i >= 4 && i <= 10 && i % 2 == 0)
			buffer_byte(&key, '-');
		append_hex(&key, byte);
	}
	buffer_text(&key, type->suffix);
	return key.bytes;
}

bool upload_key_is_of(const char *key, const char *sub)
{
	struct buffer prefix = {0};
	bool owned;

	if (!sub)
		return true;
	append_prefix(&prefix, sub);
	owned = strncmp(key, prefix.bytes, prefix.length) == 0;
	buffer_release(&prefix);
	return owned;
}
