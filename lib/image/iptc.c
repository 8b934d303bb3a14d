#include "image/iptc.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

#define RESOURCE_IPTC 0x0404
#define RECORD_APPLICATION 2

/* Bytes that are taken from the front. */
struct rest {
	const unsigned char *bytes;
	size_t size;
};

static unsigned long take(struct rest *rest, size_t size)
{
	unsigned long value = 0;

	for (size_t i = 0; i < size && i < rest->size; i++)
		value = value << 8 | rest->bytes[i];
	size = size < rest->size ? size : rest->size;
	rest->bytes += size;
	rest->size -= size;
	return value;
}

static void skip(struct rest *rest, size_t size)
{
	size = size < rest->size ? size : rest->size;
	rest->bytes += size;
	rest->size -= size;
}

/* Find the resource of IPTC: "8BIM", a number, a padded name, a length, padded bytes (Adobe
 * Photoshop File Formats Specification, "Image Resource Blocks"). */
static struct rest find_iptc(struct rest rest)
{
	while (rest.size > 12 && memcmp(rest.bytes, "8BIM", 4) == 0) {
		unsigned long number, length;
		size_t name;

		skip(&rest, 4);
		number = take(&rest, 2);
		name = (size_t)take(&rest, 1);
		skip(&rest, name + (name + 1) % 2);
		length = take(&rest, 4);
		if (length > rest.size)
			break;
		if (number == RESOURCE_IPTC)
			return (struct rest){rest.bytes, length};
		skip(&rest, length + length % 2);
	}
	return (struct rest){0};
}

void iptc_text(const struct buffer *resources, enum iptc_dataset dataset, struct buffer *text)
{
	static const char head[] = "Photoshop 3.0";
	struct rest rest = {(const unsigned char *)resources->bytes, resources->length};

	if (rest.size < sizeof(head) || memcmp(rest.bytes, head, sizeof(head)))
		return;
	skip(&rest, sizeof(head));
	rest = find_iptc(rest);
	while (rest.size >= 5 && rest.bytes[0] == 0x1c) {
		unsigned record = rest.bytes[1], number = rest.bytes[2];
		unsigned long length;

		skip(&rest, 3);
		length = take(&rest, 2);
		if (length > rest.size)
			return;
		if (record == RECORD_APPLICATION && number == dataset) {
			buffer_append(text, rest.bytes, length);
			return;
		}
		skip(&rest, length);
	}
}
