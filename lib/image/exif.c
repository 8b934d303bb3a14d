#include "image/exif.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

enum { TAG_ORIENTATION = 0x0112, TAG_ARTIST = 0x013b, TAG_COPYRIGHT = 0x8298 };
enum { TYPE_ASCII = 2, TYPE_SHORT = 3 };

#define ENTRY_BYTES 12
#define LONGEST_TEXT 8192

/* A block and the order of its bytes. */
struct block {
	const unsigned char *bytes;
	size_t size;
	int big_endian;
};

static unsigned read16(const struct block *block, size_t at)
{
	const unsigned char *b = block->bytes + at;

	return block->big_endian ? (unsigned)b[0] << 8 | b[1] : (unsigned)b[1] << 8 | b[0];
}

static uint32_t read32(const struct block *block, size_t at)
{
	uint32_t first = read16(block, at), second = read16(block, at + 2);

	return block->big_endian ? first << 16 | second : second << 16 | first;
}

static int open_block(struct block *block, const unsigned char *bytes, size_t size)
{
	if (size < 8 || (memcmp(bytes, "II*\0", 4) && memcmp(bytes, "MM\0*", 4)))
		return -1;
	*block = (struct block){.bytes = bytes, .size = size, .big_endian = bytes[0] == 'M'};
	return 0;
}

/* Return where the first directory's entry for `tag` is, the first after entry `*next`; 0 if there
 * is none. */
static size_t find_next(const struct block *block, unsigned tag, unsigned *next)
{
	size_t directory = read32(block, 4);
	unsigned entries;

	if (directory < 8 || directory > block->size || block->size - directory < 2)
		return 0;
	entries = read16(block, directory);
	while (*next < entries) {
		size_t at = directory + 2 + (size_t)(*next)++ * ENTRY_BYTES;

		if (block->size - at < ENTRY_BYTES || at > block->size)
			return 0;
		if (read16(block, at) == tag)
			return at;
	}
	return 0;
}

static int is_short(const struct block *block, size_t entry)
{
	return read16(block, entry + 2) == TYPE_SHORT && read32(block, entry + 4) == 1;
}

void exif_unwrap(const unsigned char **bytes, size_t *size)
{
	if (*size < 6 || memcmp(*bytes, "Exif\0", 5))
		return;
	*bytes += 6;
	*size -= 6;
}

int exif_orientation(const unsigned char *bytes, size_t size)
{
	struct block block;
	unsigned next = 0, value;
	size_t entry;

	if (open_block(&block, bytes, size))
		return 1;
	entry = find_next(&block, TAG_ORIENTATION, &next);
	if (!entry || !is_short(&block, entry))
		return 1;
	value = read16(&block, entry + 8);
	return value >= 1 && value <= 8 ? (int)value : 1;
}

void exif_set_upright(unsigned char *bytes, size_t size)
{
	struct block block;
	unsigned next = 0;
	size_t entry;

	if (open_block(&block, bytes, size))
		return;
	while ((entry = find_next(&block, TAG_ORIENTATION, &next)) != 0) {
		if (!is_short(&block, entry))
			continue;
		bytes[entry + 8] = block.big_endian ? 0 : 1;
		bytes[entry + 9] = block.big_endian ? 1 : 0;
	}
}

static void read_text(const struct block *block, unsigned tag, struct buffer *text)
{
	unsigned next = 0;
	size_t entry = find_next(block, tag, &next), at, length;

	if (!entry || read16(block, entry + 2) != TYPE_ASCII)
		return;
	length = read32(block, entry + 4);
	at = length <= 4 ? entry + 8 : read32(block, entry + 8);
	if (at > block->size || length > block->size - at)
		return;
	if (length > LONGEST_TEXT)
		length = LONGEST_TEXT;
	/* a copyright may be two texts, the photographer's and the editor's, with a NUL between */
	while (length &&
		(block->bytes[at + length - 1] == 0 || block->bytes[at + length - 1] == ' '))
		length--;
	if (length)
		buffer_append(text, block->bytes + at, length);
}

void exif_rights(
	const unsigned char *bytes, size_t size, struct buffer *artist, struct buffer *copyright)
{
	struct block block;

	if (open_block(&block, bytes, size))
		return;
	read_text(&block, TAG_ARTIST, artist);
	read_text(&block, TAG_COPYRIGHT, copyright);
}

static void write16(struct buffer *to, unsigned value)
{
	buffer_byte(to, (char)(value >> 8));
	buffer_byte(to, (char)value);
}

static void write32(struct buffer *to, size_t value)
{
	write16(to, (unsigned)(value >> 16) & 0xffff);
	write16(to, (unsigned)value & 0xffff);
}

/* Write an entry; a text of more than four bytes goes to the block's end, `*end`, which moves. */
static void write_entry(struct buffer *to, unsigned tag, const struct buffer *text, size_t *end)
{
	size_t length = text->length + 1;

	write16(to, tag);
	write16(to, TYPE_ASCII);
	write32(to, length);
	if (length <= 4) {
		buffer_append(to, text->bytes, text->length);
		buffer_append(to, "\0\0\0", 4 - text->length);
		return;
	}
	write32(to, *end);
	*end += length + length % 2;
}

static void write_long_text(struct buffer *to, const struct buffer *text)
{
	size_t length = text->length + 1;

	if (text->length && length > 4)
		buffer_append(to, text->bytes, length);
	if (text->length && length > 4 && length % 2)
		buffer_byte(to, 0);
}

void exif_write_rights(
	struct buffer *block, const struct buffer *artist, const struct buffer *copyright)
{
	unsigned entries = (artist->length ? 1u : 0u) + (copyright->length ? 1u : 0u);
	size_t end = 8 + 2 + entries * ENTRY_BYTES + 4;

	if (entries == 0)
		return;
	buffer_append(block, "MM\0*\0\0\0\10", 8);
	write16(block, entries);
	if (artist->length)
		write_entry(block, TAG_ARTIST, artist, &end);
	if (copyright->length)
		write_entry(block, TAG_COPYRIGHT, copyright, &end);
	write32(block, 0);
	write_long_text(block, artist);
	write_long_text(block, copyright);
}
