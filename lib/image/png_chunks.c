#include "image/png_chunks.h"

#include <string.h>

#include "base/error.h"

#include "image/codec.h"
#include "image/exif.h"
#include "image/limits.h"
#include "image/png_inflate.h"
#include "image/source.h"

#define SIGNATURE_BYTES 8
#define HEAD_BYTES 8 /* length and type */
#define CRC_BYTES 4
#define IHDR_BYTES 13
#define LONGEST_CHUNK 0x7fffffffUL
#define PIECE ((size_t)64 * 1024)

struct chunk {
	char type[5];
	size_t length;
	unsigned char head[HEAD_BYTES];
};

/* The work at hand, so that the functions below need not hand on five things each. */
struct reading {
	struct source *in;
	const struct image_limits *limits;
	struct png_file *file;
	struct picture *picture;
	struct error *err;
	enum { BEFORE_PIXELS, IN_PIXELS, AFTER_PIXELS, ENDED } where;
};

/* A capital first letter says that the picture cannot be shown without it. */
static int is_critical(const struct chunk *chunk)
{
	return (chunk->type[0] & 0x20) == 0;
}

static int read_exactly(struct reading *reading, void *to, size_t size)
{
	ssize_t n = source_read(reading->in, to, size, reading->err);

	if (n < 0)
		return -1;
	if ((size_t)n < size)
		return error_invalid(reading->err, "broken PNG: the file ends early");
	return 0;
}

/* Append the chunk's body to `bytes`, piece by piece: it may be much shorter than it claims. `crc`
 * becomes that of type and body. */
static int append_body(
	struct reading *reading, const struct chunk *chunk, struct bytes *bytes, unsigned long *crc)
{
	size_t left = chunk->length;

	*crc = png_inflate_crc(0, chunk->head + 4, 4);
	while (left > 0) {
		size_t part = left < PIECE ? left : PIECE;
		unsigned char *to = bytes_extend(bytes, part, reading->err);

		if (!to || read_exactly(reading, to, part))
			return -1;
		*crc = png_inflate_crc(*crc, to, part);
		left -= part;
	}
	return 0;
}

static int check_crc(struct reading *reading, const struct chunk *chunk, unsigned long crc)
{
	unsigned char is[CRC_BYTES];

	if (read_exactly(reading, is, sizeof(is)))
		return -1;
	if (bytes_big32(is) != crc)
		return error_invalid(
			reading->err, "broken PNG: %s has a wrong check sum", chunk->type);
	return 0;
}

/* Check what is not needed, but would show that the file is broken. */
static int check(struct reading *reading, const struct chunk *chunk)
{
	unsigned long crc = png_inflate_crc(0, chunk->head + 4, 4);
	size_t left = chunk->length;
	unsigned char piece[4096];

	while (left > 0) {
		size_t part = left < sizeof(piece) ? left : sizeof(piece);

		if (read_exactly(reading, piece, part))
			return -1;
		crc = png_inflate_crc(crc, piece, part);
		left -= part;
	}
	return check_crc(reading, chunk, crc);
}

static int pass(struct reading *reading, const struct chunk *chunk)
{
	return source_skip(reading->in, (uint64_t)chunk->length + CRC_BYTES, reading->err);
}

/* Hold what libpng will read; it looks at the CRC itself. */
static int hold_in_head(struct reading *reading, const struct chunk *chunk)
{
	struct bytes *head = &reading->file->head;
	unsigned long crc;
	unsigned char *is;

	if (bytes_append(head, chunk->head, HEAD_BYTES, reading->err) ||
		append_body(reading, chunk, head, &crc))
		return -1;
	is = bytes_extend(head, CRC_BYTES, reading->err);
	return is ? read_exactly(reading, is, CRC_BYTES) : -1;
}

/* Of what says how the pixels are to be understood, that counts which stands before them. */
static int hold_early(struct reading *reading, const struct chunk *chunk)
{
	if (reading->where == BEFORE_PIXELS)
		return hold_in_head(reading, chunk);
	reading->where = AFTER_PIXELS;
	return is_critical(chunk) ? check(reading, chunk) : pass(reading, chunk);
}

/* The first one's head ends the file that libpng sees. */
static int hold_pixels(struct reading *reading, const struct chunk *chunk)
{
	struct png_file *file = reading->file;
	unsigned long crc;

	if (reading->where == AFTER_PIXELS)
		return check(reading, chunk);
	if (reading->where == BEFORE_PIXELS &&
		bytes_append(&file->head, chunk->head, HEAD_BYTES, reading->err))
		return -1;
	reading->where = IN_PIXELS;
	if (append_body(reading, chunk, &file->pixels, &crc))
		return -1;
	return check_crc(reading, chunk, crc);
}

static int hold_end(struct reading *reading, const struct chunk *chunk)
{
	if (reading->where == BEFORE_PIXELS)
		return error_invalid(reading->err, "broken PNG: it has no pixels");
	reading->where = ENDED;
	return check(reading, chunk);
}

/* Read a short chunk of metadata; longer ones are passed over and read as empty. */
static int take(struct reading *reading, const struct chunk *chunk, struct bytes *text)
{
	unsigned char *to;

	if (chunk->length > METADATA_MOST)
		return pass(reading, chunk);
	to = bytes_extend(text, chunk->length, reading->err);
	if (!to || read_exactly(reading, to, chunk->length))
		return -1;
	return source_skip(reading->in, CRC_BYTES, reading->err);
}

static int read_frames(struct reading *reading, const struct chunk *chunk)
{
	struct bytes text = {0};
	int rc = take(reading, chunk, &text);

	if (rc == 0 && text.size == 8) {
		unsigned long frames = bytes_big32(text.at);

		rc = limits_frames(reading->limits, (int64_t)frames, reading->err);
		if (frames > 0 && frames <= LONGEST_CHUNK)
			reading->picture->info.frames = (int)frames;
	}
	bytes_release(&text);
	return rc;
}

static int read_exif(struct reading *reading, const struct chunk *chunk)
{
	struct buffer *exif = &reading->picture->metadata.exif;
	struct bytes text = {0};
	int rc = take(reading, chunk, &text);

	if (rc == 0 && !exif->length && text.size) {
		const unsigned char *block = text.at;
		size_t size = text.size;

		exif_unwrap(&block, &size);
		buffer_append(exif, block, size);
	}
	bytes_release(&text);
	return rc;
}

static int has_keyword(const struct bytes *text, const char *keyword)
{
	size_t size = strlen(keyword) + 1;

	return text->size > size && memcmp(text->at, keyword, size) == 0;
}

static void append_latin1(struct buffer *to, const unsigned char *text, size_t size)
{
	for (size_t i = 0; i < size && text[i]; i++) {
		if (text[i] >= 0x80)
			buffer_byte(to, (char)(0xc0 | text[i] >> 6));
		buffer_byte(to, (char)(text[i] < 0x80 ? text[i] : 0x80 | (text[i] & 0x3f)));
	}
}

static int read_text(struct reading *reading, const struct chunk *chunk)
{
	struct metadata *metadata = &reading->picture->metadata;
	struct bytes text = {0};
	int rc = take(reading, chunk, &text);

	if (rc == 0 && has_keyword(&text, "Author") && !metadata->artist.length)
		append_latin1(&metadata->artist, text.at + 7, text.size - 7);
	else if (rc == 0 && has_keyword(&text, "Copyright") && !metadata->copyright.length)
		append_latin1(&metadata->copyright, text.at + 10, text.size - 10);
	bytes_release(&text);
	return rc;
}

/* After the keyword: whether it is compressed, how, a language and the keyword in it, the text. */
static void take_international(struct metadata *metadata, const struct bytes *text)
{
	static const char xmp[] = "XML:com.adobe.xmp";
	const unsigned char *at = text->at, *end = text->at + text->size;
	struct buffer *to = has_keyword(text, xmp) ? &metadata->xmp
		: has_keyword(text, "Author")	   ? &metadata->artist
		: has_keyword(text, "Copyright")   ? &metadata->copyright
						   : NULL;

	if (!to || to->length)
		return;
	at += strlen((const char *)at) + 1;
	if (end - at < 2 || at[0] != 0)
		return;
	at += 2;
	for (int skipped = 0; skipped < 2; skipped++) {
		at = memchr(at, 0, (size_t)(end - at));
		if (!at)
			return;
		at++;
	}
	buffer_append(to, at, (size_t)(end - at));
}

static int read_international(struct reading *reading, const struct chunk *chunk)
{
	struct bytes text = {0};
	int rc = take(reading, chunk, &text);

	if (rc == 0)
		take_international(&reading->picture->metadata, &text);
	bytes_release(&text);
	return rc;
}

/* What is done with a chunk; those not named here are passed over. */
static const struct {
	const char *type;
	int (*read)(struct reading *reading, const struct chunk *chunk);
	size_t longest;
} kinds[] = {
	{"IDAT", hold_pixels, LONGEST_CHUNK},
	{"IEND", hold_end, 0},
	{"PLTE", hold_early, 3 * 256},
	{"tRNS", hold_early, 256},
	{"gAMA", hold_early, 4},
	{"cHRM", hold_early, 32},
	{"sRGB", hold_early, 1},
	{"iCCP", hold_early, (size_t)8 << 20},
	{"acTL", read_frames, 8},
	{"eXIf", read_exif, METADATA_MOST},
	{"tEXt", read_text, METADATA_MOST},
	{"iTXt", read_international, METADATA_MOST},
};

static int read_head(struct reading *reading, struct chunk *chunk)
{
	if (read_exactly(reading, chunk->head, HEAD_BYTES))
		return -1;
	chunk->length = bytes_big32(chunk->head);
	memcpy(chunk->type, chunk->head + 4, 4);
	if (chunk->length > LONGEST_CHUNK)
		return error_invalid(
			reading->err, "broken PNG: a chunk of %zu bytes", chunk->length);
	for (int i = 0; i < 4; i++)
		if ((chunk->type[i] | 0x20) < 'a' || (chunk->type[i] | 0x20) > 'z')
			return error_invalid(
				reading->err, "broken PNG: what should be a chunk is none");
	return 0;
}

static int read_chunk(struct reading *reading, const struct chunk *chunk)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (memcmp(chunk->type, kinds[i].type, 4) != 0)
			continue;
		if (chunk->length <= kinds[i].longest)
			return kinds[i].read(reading, chunk);
		if (is_critical(chunk))
			return error_invalid(reading->err, "broken PNG: %s of %zu bytes",
				chunk->type, chunk->length);
	}
	if (is_critical(chunk))
		return error_invalid(reading->err, "a PNG with the unknown chunk %s", chunk->type);
	return pass(reading, chunk);
}

static int read_ihdr(struct reading *reading)
{
	struct image_info *info = &reading->picture->info;
	struct chunk chunk = {0};
	struct bytes *head = &reading->file->head;
	unsigned char *signature = bytes_extend(head, SIGNATURE_BYTES, reading->err);
	const unsigned char *sides;
	unsigned long width, height;

	if (!signature || read_exactly(reading, signature, SIGNATURE_BYTES) ||
		read_head(reading, &chunk))
		return -1;
	if (strcmp(chunk.type, "IHDR") != 0 || chunk.length != IHDR_BYTES)
		return error_invalid(reading->err, "broken PNG: it does not start with IHDR");
	if (hold_in_head(reading, &chunk))
		return -1;
	sides = head->at + SIGNATURE_BYTES + HEAD_BYTES;
	width = bytes_big32(sides);
	height = bytes_big32(sides + 4);
	if (width < 1 || height < 1 || width > LONGEST_CHUNK || height > LONGEST_CHUNK)
		return error_invalid(reading->err, "broken PNG: a size of %lux%lu", width, height);
	info->format = IMAGE_PNG;
	info->frames = 1;
	info->size = (struct size){(int)width, (int)height};
	return limits_size(reading->limits, info->size, reading->err);
}

int png_chunks_read(struct source *in, const struct image_limits *limits, struct png_file *file,
	struct picture *picture, struct error *err)
{
	struct reading reading = {in, limits, file, picture, err, BEFORE_PIXELS};
	const struct buffer *exif = &picture->metadata.exif;

	if (read_ihdr(&reading))
		return -1;
	while (reading.where != ENDED) {
		struct chunk chunk = {0};

		if (read_head(&reading, &chunk) || read_chunk(&reading, &chunk))
			return -1;
	}
	picture->info.orientation =
		exif_orientation((const unsigned char *)exif->bytes, exif->length);
	return 0;
}

void png_chunks_release(struct png_file *file)
{
	bytes_release(&file->head);
	bytes_release(&file->pixels);
}
