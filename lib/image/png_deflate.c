#include "image/png_deflate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef IMAGE_HAS_ISAL
#include <isa-l.h>
#endif
#include <libdeflate.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include "pixel/pixels.h"

#include "image/png_isal.h"

#define PIECE ((size_t)64 * 1024)

/* A library at work; its state is in the union. */
struct engine {
	int (*begin)(struct png_deflate *packing, int level, struct error *err);
	/* Take `*in_size` bytes and yield at most `*out_size`; leave how many of both are left. */
	int (*work)(struct png_deflate *packing, const unsigned char *in, size_t *in_size,
		unsigned char *out, size_t *out_size, int is_last);
	void (*end)(struct png_deflate *packing);
};

struct png_deflate {
	const struct engine *engine; /* that streams, or else `whole` */
	struct libdeflate_compressor *whole;
	png_deflate_sink sink;
	void *state;
	union {
#ifdef IMAGE_HAS_ISAL
		struct isal_zstream isal;
#endif
		z_stream zlib;
	};
	unsigned char *memory; /* what ISA-L works in, or all bytes for libdeflate */
	size_t held;	       /* of those */
	size_t room;	       /* in `piece` */
	unsigned char piece[PIECE];
};

#ifdef IMAGE_HAS_ISAL

static int isal_begin(struct png_deflate *packing, int level, struct error *err)
{
	static const uint32_t rooms[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
		ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
	struct isal_zstream *stream = &packing->isal;

	packing->memory = pixels_room(1, rooms[level], err);
	if (!packing->memory)
		return -1;
	isal_deflate_init(stream);
	stream->level = (uint32_t)level;
	stream->level_buf = packing->memory;
	stream->level_buf_size = rooms[level];
	stream->gzip_flag = IGZIP_ZLIB;
	return 0;
}

static int isal_work(struct png_deflate *packing, const unsigned char *in, size_t *in_size,
	unsigned char *out, size_t *out_size, int is_last)
{
	struct isal_zstream *stream = &packing->isal;
	int rc;

	stream->next_in = (uint8_t *)(uintptr_t)in;
	stream->avail_in = (uint32_t)*in_size;
	stream->next_out = out;
	stream->avail_out = (uint32_t)*out_size;
	stream->end_of_stream = (uint16_t)is_last;
	rc = isal_deflate(stream);
	png_isal_leave();
	*in_size = stream->avail_in;
	*out_size = stream->avail_out;
	return rc == COMP_OK ? 0 : -1;
}

static void isal_end(struct png_deflate *packing)
{
	(void)packing;
}

static const struct engine isal_engine = {isal_begin, isal_work, isal_end};

#endif

static int zlib_begin(struct png_deflate *packing, int level, struct error *err)
{
	if (deflateInit(&packing->zlib, level) != Z_OK)
		return error_transient(err, "out of memory for a PNG");
	return 0;
}

static int zlib_work(struct png_deflate *packing, const unsigned char *in, size_t *in_size,
	unsigned char *out, size_t *out_size, int is_last)
{
	z_stream *stream = &packing->zlib;
	int rc;

	stream->next_in = (Bytef *)(uintptr_t)in;
	stream->avail_in = (uInt)*in_size;
	stream->next_out = out;
	stream->avail_out = (uInt)*out_size;
	rc = deflate(stream, is_last ? Z_FINISH : Z_NO_FLUSH);
	*in_size = stream->avail_in;
	*out_size = stream->avail_out;
	return rc == Z_STREAM_ERROR ? -1 : 0;
}

static void zlib_end(struct png_deflate *packing)
{
	deflateEnd(&packing->zlib);
}

static const struct engine zlib_engine = {zlib_begin, zlib_work, zlib_end};

/* How hard which library tries. */
static const struct {
	const struct engine *engine;
	int level;
	int whole_level; /* of libdeflate, which comes first where all bytes fit into memory */
} efforts[] = {
#ifdef IMAGE_HAS_ISAL
	{&isal_engine, 0, 0},
	{&isal_engine, 1, 0},
	{&isal_engine, 1, 0},
	{&isal_engine, 2, 0},
	{&isal_engine, 3, 0},
#else
	{&zlib_engine, 1, 1},
	{&zlib_engine, 2, 1},
	{&zlib_engine, 3, 2},
	{&zlib_engine, 4, 3},
	{&zlib_engine, 6, 4},
#endif
	{&zlib_engine, 6, 6},
	{&zlib_engine, 9, 12},
};

static int begin(struct png_deflate *packing, int effort, size_t total, struct error *err)
{
	int level = efforts[effort].whole_level;

	if (level && total <= PNG_DEFLATE_WHOLE) {
		packing->whole = libdeflate_alloc_compressor(level);
		if (!packing->whole)
			return error_transient(err, "out of memory for a PNG");
		packing->memory = pixels_room(1, total, err);
		return packing->memory ? 0 : -1;
	}
	if (efforts[effort].engine->begin(packing, efforts[effort].level, err))
		return -1;
	packing->engine = efforts[effort].engine;
	return 0;
}

struct png_deflate *png_deflate_new(
	int effort, size_t total, png_deflate_sink sink, void *state, struct error *err)
{
	struct png_deflate *packing = memory_new(1, sizeof(*packing));

	packing->sink = sink;
	packing->state = state;
	packing->room = PIECE;
	if (begin(packing, effort, total, err)) {
		png_deflate_free(packing);
		return NULL;
	}
	return packing;
}

void png_deflate_free(struct png_deflate *packing)
{
	if (!packing)
		return;
	if (packing->engine)
		packing->engine->end(packing);
	if (packing->whole)
		libdeflate_free_compressor(packing->whole);
	free(packing->memory);
	free(packing);
}

/* Hand on the piece; that of the end need not be full. */
static int give(struct png_deflate *packing, struct error *err)
{
	size_t size = PIECE - packing->room;

	packing->room = PIECE;
	return size ? packing->sink(packing->state, packing->piece, size, err) : 0;
}

/* Deflate until all is taken and, at the end, all is handed on. */
static int stream(struct png_deflate *packing, const unsigned char *bytes, size_t size, int is_last,
	struct error *err)
{
	int full;

	do {
		size_t left = size;

		if (packing->engine->work(packing, bytes, &left,
			    packing->piece + PIECE - packing->room, &packing->room, is_last))
			return error_internal(err, "a PNG does not deflate");
		bytes += size - left;
		size = left;
		full = packing->room == 0;
		if ((full || is_last) && give(packing, err))
			return -1;
	} while (full);
	return 0;
}

int png_deflate_write(
	struct png_deflate *packing, const unsigned char *bytes, size_t size, struct error *err)
{
	if (packing->engine)
		return stream(packing, bytes, size, 0, err);
	memcpy(packing->memory + packing->held, bytes, size);
	packing->held += size;
	return 0;
}

static int finish_whole(struct png_deflate *packing, struct error *err)
{
	size_t room = libdeflate_zlib_compress_bound(packing->whole, packing->held), size;
	unsigned char *packed = pixels_room(1, room, err);
	int rc;

	if (!packed)
		return -1;
	size = libdeflate_zlib_compress(
		packing->whole, packing->memory, packing->held, packed, room);
	rc = packing->sink(packing->state, packed, size, err);
	free(packed);
	return rc;
}

int png_deflate_finish(struct png_deflate *packing, struct error *err)
{
	static const unsigned char nothing[1];

	return packing->engine ? stream(packing, nothing, 0, 1, err) : finish_whole(packing, err);
}

void png_deflate_version(struct buffer *lines)
{
	buffer_format(lines, "libdeflate %s\n", LIBDEFLATE_VERSION_STRING);
}
