#include "store/key.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

#define ELLIPSIS "\xe2\x80\xa6"

static bool within_point(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Leave out the middle, between two code points. */
static void shorten(struct buffer *name)
{
	size_t keep = (KEY_TEXT - sizeof(ELLIPSIS)) / 2;
	size_t head = keep, tail = name->length - keep;

	while (head > 0 && within_point(name->bytes[head]))
		head--;
	while (tail < name->length && within_point(name->bytes[tail]))
		tail++;
	buffer_replace(name, head, tail - head, ELLIPSIS, strlen(ELLIPSIS));
}

void key_show(char text[KEY_TEXT], const char *bucket, const char *key)
{
	struct buffer name = {0};

	if (bucket)
		buffer_format(&name, "%s/", bucket);
	buffer_text(&name, key);
	if (name.length == 0)
		buffer_text(&name, "\"\"");
	if (name.length >= KEY_TEXT)
		shorten(&name);
	memcpy(text, name.bytes, name.length + 1);
	buffer_release(&name);
}
