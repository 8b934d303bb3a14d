#include "image/webp_chunks.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/stream.h"

#include "image/codec.h"
#include "image/exif.h"
#include "image/limits.h"
#include "image/source.h"

#define RIFF_BYTES 12 /* "RIFF", a length, "WEBP" */
#define HEAD_BYTES 8  /* a chunk's type and length */
#define VP8X_BYTES 10
#define ANMF_BYTES 16
#define PIECE ((size_t)64 * 1024)

/* The first chunk and as much of it as tells the size: VP8 and VP8X need the most, VP8L the least
 * of any file. */
#define HEADER_BYTES (RIFF_BYTES + HEAD_BYTES + VP8X_BYTES)
#define LEAST_BYTES (RIFF_BYTES + HEAD_BYTES + 5)

#define LONGEST_PROFILE ((size_t)8 << 20)

enum { FLAG_XMP = 0x04, FLAG_EXIF = 0x08, FLAG_ALPHA = 0x10 };

struct chunk {
	const unsigned char *type, *bytes;
	size_t length;
};

static int is(const unsigned char *type, const char *name)
{
	return memcmp(type, name, 4) == 0;
}

static int ends_early(struct error *err)
{
	return error_invalid(err, "broken WebP: the file ends early");
}

/* Read the size from the first chunk (RFC 9649, 2.7 and 3.4; RFC 6386, 9.1). */
static int read_size(const unsigned char *head, struct size *size, struct error *err)
{
	const unsigned char *type = head + RIFF_BYTES, *bytes = type + HEAD_BYTES;

	if (is(type, "VP8X")) {
		size->width = (int)bytes_little24(bytes + 4) + 1;
		size->height = (int)bytes_little24(bytes + 7) + 1;
	} else if (is(type, "VP8L") && bytes[0] == 0x2f) {
		unsigned long bits = bytes_little32(bytes + 1);

		size->width = (int)(bits & 0x3fff) + 1;
		size->height = (int)(bits >> 14 & 0x3fff) + 1;
	} else if (is(type, "VP8 ") && memcmp(bytes + 3, "\x9d\x01\x2a", 3) == 0) {
		unsigned long bits = bytes_little32(bytes + 6);

		size->width = (int)(bits & 0x3fff);
		size->height = (int)(bits >> 16 & 0x3fff);
	} else {
		return error_invalid(err, "broken WebP: it does not start with a picture");
	}
	if (size->width < 1 || size->height < 1)
		return error_invalid(
			err, "broken WebP: a size of %dx%d", size->width, size->height);
	return 0;
}

/* Hold the `size` bytes that the header claims, as they come. */
static int hold(struct source *in, size_t size, struct bytes *file, struct error *err)
{
	while (file->size < size) {
		size_t part = size - file->size < PIECE ? size - file->size : PIECE;
		unsigned char *to = bytes_extend(file, part, err);
		ssize_t n = to ? source_read(in, to, part, err) : -1;

		if (n < 0)
			return -1;
		if ((size_t)n < part)
			return ends_early(err);
	}
	return 0;
}

/* Take the next chunk off the front; 0 if there is none, -1 if it is cut off. */
static int next(const unsigned char **at, size_t *left, struct chunk *chunk)
{
	size_t padded;

	if (*left == 0)
		return 0;
	if (*left < HEAD_BYTES)
		return -1;
	chunk->type = *at;
	chunk->length = bytes_little32(*at + 4);
	chunk->bytes = *at + HEAD_BYTES;
	if (chunk->length > *left - HEAD_BYTES)
		return -1;
	padded = chunk->length + chunk->length % 2;
	if (padded > *left - HEAD_BYTES)
		padded = chunk->length; /* some writers forget the last padding */
	*at += HEAD_BYTES + padded;
	*left -= HEAD_BYTES + padded;
	return 1;
}

/* Note where the first frame is; it fills the canvas unless it is an animation's. */
static int take_animated(const struct chunk *chunk, struct webp_frame *frame)
{
	if (chunk->length < ANMF_BYTES)
		return -1;
	*frame = (struct webp_frame){.bytes = chunk->bytes + ANMF_BYTES,
		.length = chunk->length - ANMF_BYTES,
		.left = (int)bytes_little24(chunk->bytes) * 2,
		.top = (int)bytes_little24(chunk->bytes + 3) * 2,
		.size = {(int)bytes_little24(chunk->bytes + 6) + 1,
			(int)bytes_little24(chunk->bytes + 9) + 1}};
	return 0;
}

static void take_still(const struct chunk *chunk, struct size canvas, struct webp_frame *frame)
{
	/* alpha comes first, in a chunk of its own */
	if (!frame->bytes)
		*frame = (struct webp_frame){.bytes = chunk->type, .size = canvas};
	frame->length = (size_t)(chunk->bytes + chunk->length - frame->bytes);
}

static void keep(struct buffer *kept, const unsigned char *bytes, size_t size, size_t most)
{
	if (!kept->length && size <= most)
		buffer_append(kept, bytes, size);
}

static void keep_exif(struct buffer *kept, const struct chunk *chunk)
{
	const unsigned char *bytes = chunk->bytes;
	size_t size = chunk->length;

	exif_unwrap(&bytes, &size);
	keep(kept, bytes, size, METADATA_MOST);
}

static int take(const struct chunk *chunk, struct webp_frame *frame, struct picture *picture)
{
	struct image_info *info = &picture->info;

	if (is(chunk->type, "ANMF"))
		return info->frames++ ? 0 : take_animated(chunk, frame);
	if (!info->frames &&
		(is(chunk->type, "ALPH") || is(chunk->type, "VP8 ") || is(chunk->type, "VP8L")))
		take_still(chunk, info->size, frame);
	else if (is(chunk->type, "ICCP"))
		keep(&picture->space.profile, chunk->bytes, chunk->length, LONGEST_PROFILE);
	else if (is(chunk->type, "EXIF"))
		keep_exif(&picture->metadata.exif, chunk);
	else if (is(chunk->type, "XMP "))
		keep(&picture->metadata.xmp, chunk->bytes, chunk->length, METADATA_MOST);
	return 0;
}

static int walk(const struct bytes *file, struct webp_frame *frame, struct picture *picture,
	struct error *err)
{
	const unsigned char *at = file->at + RIFF_BYTES;
	size_t left = file->size - RIFF_BYTES;
	struct image_info *info = &picture->info;
	struct chunk chunk;
	int got;

	while ((got = next(&at, &left, &chunk)) == 1)
		if (take(&chunk, frame, picture))
			return error_invalid(err, "broken WebP: a frame without a header");
	if (got < 0)
		return error_invalid(err, "broken WebP: a chunk is longer than the file");
	if (!frame->bytes)
		return error_invalid(err, "broken WebP: there is no picture in it");
	if (frame->size.width > info->size.width - frame->left ||
		frame->size.height > info->size.height - frame->top)
		return error_invalid(err, "broken WebP: the first frame sticks out");
	return 0;
}

int webp_chunks_read(struct source *in, const struct image_limits *limits, struct bytes *file,
	struct webp_frame *frame, struct picture *picture, struct error *err)
{
	const struct buffer *exif = &picture->metadata.exif;
	struct image_info *info = &picture->info;
	unsigned char head[HEADER_BYTES] = {0};
	ssize_t n = source_peek(in, HEADER_BYTES, err);
	size_t size;

	if (n < 0)
		return -1;
	if (n < LEAST_BYTES)
		return ends_early(err);
	memcpy(head, in->bytes + in->at, (size_t)n);
	if (read_size(head, &info->size, err) || limits_size(limits, info->size, err))
		return -1;
	size = bytes_little32(head + 4) + (size_t)HEAD_BYTES;
	if (size < LEAST_BYTES)
		return error_invalid(err, "broken WebP: a length of %zu bytes", size);
	if (hold(in, size, file, err) || walk(file, frame, picture, err))
		return -1;
	info->format = IMAGE_WEBP;
	info->frames += info->frames == 0;
	info->orientation = exif_orientation((const unsigned char *)exif->bytes, exif->length);
	return limits_frames(limits, info->frames, err);
}

static int write_chunk(
	struct stream *out, const char *type, const void *bytes, size_t length, struct error *err)
{
	unsigned char head[HEAD_BYTES];

	memcpy(head, type, 4);
	bytes_put_little32(head + 4, length);
	if (stream_write(out, head, sizeof(head), err) || stream_write(out, bytes, length, err))
		return -1;
	return length % 2 ? stream_write(out, "", 1, err) : 0;
}

static size_t chunk_bytes(const struct buffer *block)
{
	return block->length ? HEAD_BYTES + block->length + block->length % 2 : 0;
}

static int write_riff(struct stream *out, size_t length, struct error *err)
{
	unsigned char head[RIFF_BYTES] = "RIFF....WEBP";

	bytes_put_little32(head + 4, length + 4);
	return stream_write(out, head, sizeof(head), err);
}

static int write_vp8x(struct stream *out, const unsigned char *encoded, struct size size,
	const struct metadata *metadata, struct error *err)
{
	unsigned char vp8x[VP8X_BYTES] = {0};

	/* the encoder has written one where it stored alpha */
	if (is(encoded + RIFF_BYTES, "VP8X"))
		vp8x[0] = encoded[RIFF_BYTES + HEAD_BYTES] & FLAG_ALPHA;
	vp8x[0] |= (unsigned char)((metadata->exif.length ? FLAG_EXIF : 0) |
		(metadata->xmp.length ? FLAG_XMP : 0));
	bytes_put_little24(vp8x + 4, (unsigned long)size.width - 1);
	bytes_put_little24(vp8x + 7, (unsigned long)size.height - 1);
	return write_chunk(out, "VP8X", vp8x, sizeof(vp8x), err);
}

int webp_chunks_write(struct stream *out, const unsigned char *encoded, size_t length,
	struct size size, const struct metadata *metadata, struct error *err)
{
	const struct buffer *exif = &metadata->exif, *xmp = &metadata->xmp;
	size_t skip = RIFF_BYTES;

	if (!exif->length && !xmp->length)
		return stream_write(out, encoded, length, err);
	if (is(encoded + RIFF_BYTES, "VP8X"))
		skip += HEAD_BYTES + VP8X_BYTES;
	length -= skip;
	if (write_riff(out, HEAD_BYTES + VP8X_BYTES + length + chunk_bytes(exif) + chunk_bytes(xmp),
		    err))
		return -1;
	if (write_vp8x(out, encoded, size, metadata, err) ||
		stream_write(out, encoded + skip, length, err))
		return -1;
	if (exif->length && write_chunk(out, "EXIF", exif->bytes, exif->length, err))
		return -1;
	if (xmp->length && write_chunk(out, "XMP ", xmp->bytes, xmp->length, err))
		return -1;
	return 0;
}
