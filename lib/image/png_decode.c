#include "image/png.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/memory.h"

#include "pixel/rows.h"

#include "image/png_chunks.h"
#include "image/png_expand.h"
#include "image/png_failure.h"
#include "image/png_rows.h"

struct decoder {
	struct png_file file;
	size_t taken; /* of its head */
	struct size size;
	int interlaced;
	struct png_expand expand;
	struct png_rows rows;
	struct pixels whole; /* an interlaced picture */
	int y;
};

/* libpng at work on the header. */
struct header {
	png_structp png;
	png_infop info;
	struct png_failure failure;
	struct decoder *decoder;
	struct picture *picture;
};

/* Which pixels the passes of an interlaced picture have (PNG specification, 8.2). */
static const struct pass {
	int left, top, across, down;
} passes[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2},
	{0, 1, 1, 2}};

/* A profile that unpacks to more than this is no profile. */
#define LONGEST_PROFILE ((png_alloc_size_t)8 << 20)

static void take_bytes(png_structp png, png_bytep to, size_t size)
{
	struct decoder *decoder = png_get_io_ptr(png);
	const struct bytes *head = &decoder->file.head;

	if (size > head->size - decoder->taken)
		png_error(png, "the file ends early");
	memcpy(to, head->at + decoder->taken, size);
	decoder->taken += size;
}

static void decoder_close(void *state)
{
	struct decoder *decoder = state;

	if (!decoder)
		return;
	png_rows_release(&decoder->rows);
	png_chunks_release(&decoder->file);
	pixels_release(&decoder->whole);
	free(decoder);
}

static void read_space(const struct header *header, struct color_space *space)
{
	png_charp name;
	png_bytep profile;
	png_uint_32 size;
	int packing;

	if (png_get_valid(header->png, header->info, PNG_INFO_sRGB))
		return;
	if (png_get_iCCP(header->png, header->info, &name, &packing, &profile, &size)) {
		buffer_append(&space->profile, profile, size);
		return;
	}
	if (!png_get_gAMA(header->png, header->info, &space->gamma))
		return;
	png_get_cHRM(header->png, header->info, &space->white[0], &space->white[1], &space->red[0],
		&space->red[1], &space->green[0], &space->green[1], &space->blue[0],
		&space->blue[1]);
}

static int parse(struct header *header)
{
	struct decoder *decoder = header->decoder;

	if (setjmp(header->failure.back))
		return -1;
	header->png = png_create_read_struct(
		PNG_LIBPNG_VER_STRING, &header->failure, png_failure_jump, png_failure_ignore);
	if (!header->png)
		memory_exhausted();
	header->info = png_create_info_struct(header->png);
	if (!header->info)
		memory_exhausted();
	png_set_read_fn(header->png, decoder, take_bytes);
	png_set_user_limits(header->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_chunk_malloc_max(header->png, LONGEST_PROFILE);
	png_read_info(header->png, header->info);
	read_space(header, &header->picture->space);
	png_expand_init(&decoder->expand, header->png, header->info);
	decoder->interlaced =
		png_get_interlace_type(header->png, header->info) != PNG_INTERLACE_NONE;
	decoder->size = header->picture->info.size;
	header->picture->info.has_alpha = pixels_have_alpha(decoder->expand.kind);
	return 0;
}

static int read_header(struct decoder *decoder, struct picture *picture, struct error *err)
{
	struct header header = {.failure.err = err, .decoder = decoder, .picture = picture};
	int rc = parse(&header);

	png_destroy_read_struct(&header.png, &header.info, NULL);
	bytes_release(&decoder->file.head);
	return rc;
}

static void *decoder_open(struct source *in, const struct image_limits *limits,
	struct picture *picture, struct error *err)
{
	struct decoder *decoder = memory_new(1, sizeof(*decoder));

	if (png_chunks_read(in, limits, &decoder->file, picture, err) ||
		read_header(decoder, picture, err)) {
		decoder_close(decoder);
		return NULL;
	}
	return decoder;
}

/* Read the rows of a pass, and spread their pixels over the picture. */
static int read_pass(
	struct decoder *decoder, const struct pass *pass, unsigned char *pixels, struct error *err)
{
	int width = (decoder->size.width - pass->left + pass->across - 1) / pass->across;
	int height = (decoder->size.height - pass->top + pass->down - 1) / pass->down;
	size_t channels = (size_t)pixels_channels(decoder->expand.kind);

	if (width <= 0 || height <= 0)
		return 0;
	png_rows_start(&decoder->rows, width, height);
	for (int y = pass->top; y < decoder->size.height; y += pass->down) {
		const unsigned char *row = png_rows_next(&decoder->rows, err);
		unsigned char *to = pixels_row(&decoder->whole, y) + (size_t)pass->left * channels;

		if (!row)
			return -1;
		png_expand_row(&decoder->expand, row, pixels, width);
		for (size_t x = 0; x < (size_t)width; x++)
			memcpy(to + x * (size_t)pass->across * channels, pixels + x * channels,
				channels);
	}
	return 0;
}

static int read_passes(struct decoder *decoder, struct error *err)
{
	unsigned char *pixels = pixels_room((size_t)decoder->size.width, 4, err);
	int rc = pixels ? pixels_init(&decoder->whole, decoder->expand.kind, decoder->size, err)
			: -1;

	for (size_t i = 0; rc == 0 && i < sizeof(passes) / sizeof(passes[0]); i++)
		rc = read_pass(decoder, &passes[i], pixels, err);
	free(pixels);
	return rc;
}

static int decoder_start(
	void *state, const struct wanted *wanted, struct raster *raster, struct error *err)
{
	struct decoder *decoder = state;

	(void)wanted;
	if (png_rows_init(&decoder->rows, &decoder->file.pixels, decoder->expand.stored_bits,
		    decoder->size.width, err))
		return -1;
	raster->kind = decoder->expand.kind;
	raster->plane[0] = (struct raster_plane){decoder->size, 1, 1, 1,
		(size_t)decoder->size.width * (size_t)pixels_channels(raster->kind)};
	if (decoder->interlaced)
		return read_passes(decoder, err);
	png_rows_start(&decoder->rows, decoder->size.width, decoder->size.height);
	return 0;
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct decoder *decoder = state;
	unsigned char *to = rows_at(planes[0], planes[0]->end++);
	const unsigned char *row;

	if (decoder->whole.bytes) {
		memcpy(to, pixels_row(&decoder->whole, decoder->y++), decoder->whole.stride);
		return 0;
	}
	row = png_rows_next(&decoder->rows, err);
	if (!row)
		return -1;
	png_expand_row(&decoder->expand, row, to, decoder->size.width);
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	struct decoder *decoder = state;

	return png_rows_finish(&decoder->rows, err);
}

const struct decoder_ops png_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
