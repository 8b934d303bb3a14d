#include "image/png.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/memory.h"

#include "image/png_chunks.h"
#include "image/png_failure.h"
#include "image/rows.h"

struct decoder {
	png_structp png;
	png_infop info;
	struct png_failure failure;
	struct bytes file;
	size_t taken; /* of the file */
	int passes;   /* more than one if interlaced */
	enum pixels_kind kind;
	struct size size;
	struct pixels whole; /* an interlaced picture */
	int y;
};

/* A profile that unpacks to more than this is no profile. */
#define LONGEST_PROFILE ((png_alloc_size_t)8 << 20)

static void take_bytes(png_structp png, png_bytep to, size_t size)
{
	struct decoder *decoder = png_get_io_ptr(png);

	if (size > decoder->file.size - decoder->taken)
		png_error(png, "the file ends early");
	memcpy(to, decoder->file.at + decoder->taken, size);
	decoder->taken += size;
}

static void decoder_close(void *state)
{
	struct decoder *decoder = state;

	if (!decoder)
		return;
	png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
	bytes_release(&decoder->file);
	pixels_release(&decoder->whole);
	free(decoder);
}

static void read_space(struct decoder *decoder, struct color_space *space)
{
	png_charp name;
	png_bytep profile;
	png_uint_32 size;
	int packing;

	if (png_get_valid(decoder->png, decoder->info, PNG_INFO_sRGB))
		return;
	if (png_get_iCCP(decoder->png, decoder->info, &name, &packing, &profile, &size)) {
		buffer_append(&space->profile, profile, size);
		return;
	}
	if (!png_get_gAMA(decoder->png, decoder->info, &space->gamma))
		return;
	png_get_cHRM(decoder->png, decoder->info, &space->white[0], &space->white[1],
		&space->red[0], &space->red[1], &space->green[0], &space->green[1], &space->blue[0],
		&space->blue[1]);
}

static int read_header(struct decoder *decoder, struct picture *picture)
{
	if (setjmp(decoder->failure.back))
		return -1;
	decoder->png = png_create_read_struct(
		PNG_LIBPNG_VER_STRING, &decoder->failure, png_failure_jump, png_failure_ignore);
	if (!decoder->png)
		memory_exhausted();
	decoder->info = png_create_info_struct(decoder->png);
	if (!decoder->info)
		memory_exhausted();
	png_set_read_fn(decoder->png, decoder, take_bytes);
	png_set_user_limits(decoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_chunk_malloc_max(decoder->png, LONGEST_PROFILE);
	png_read_info(decoder->png, decoder->info);
	read_space(decoder, &picture->space);
	picture->info.has_alpha =
		(png_get_color_type(decoder->png, decoder->info) & PNG_COLOR_MASK_ALPHA) ||
		png_get_valid(decoder->png, decoder->info, PNG_INFO_tRNS);
	return 0;
}

static void *decoder_open(struct source *in, const struct image_limits *limits,
	struct picture *picture, struct error *err)
{
	struct decoder *decoder = memory_new(1, sizeof(*decoder));

	decoder->failure.err = err;
	if (png_chunks_read(in, limits, &decoder->file, picture, err) ||
		read_header(decoder, picture)) {
		decoder_close(decoder);
		return NULL;
	}
	return decoder;
}

static void choose_layout(struct decoder *decoder)
{
	static const enum pixels_kind kinds[] = {
		PIXELS_GRAY, PIXELS_GRAY_ALPHA, PIXELS_RGB, PIXELS_RGBA};

	png_set_expand(decoder->png);	/* palettes, few bits, tRNS */
	png_set_scale_16(decoder->png); /* rounding, where strip would cut */
	decoder->passes = png_set_interlace_handling(decoder->png);
	png_read_update_info(decoder->png, decoder->info);
	decoder->kind = kinds[png_get_channels(decoder->png, decoder->info) - 1];
	decoder->size.width = (int)png_get_image_width(decoder->png, decoder->info);
	decoder->size.height = (int)png_get_image_height(decoder->png, decoder->info);
}

/* Every pass but the last leaves gaps that a later one fills. */
static int read_passes(struct decoder *decoder, struct error *err)
{
	if (pixels_init(&decoder->whole, decoder->kind, decoder->size, err))
		return -1;
	if (setjmp(decoder->failure.back))
		return -1;
	for (int pass = 0; pass < decoder->passes; pass++)
		for (int y = 0; y < decoder->size.height; y++)
			png_read_row(decoder->png, pixels_row(&decoder->whole, y), NULL);
	return 0;
}

static int decoder_start(void *state, double shrink, struct raster *raster, struct error *err)
{
	struct decoder *decoder = state;

	(void)shrink;
	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	choose_layout(decoder);
	*raster = (struct raster){.kind = decoder->kind,
		.plane[0] = {
			decoder->size, 1, 1, 1, png_get_rowbytes(decoder->png, decoder->info)}};
	return decoder->passes > 1 ? read_passes(decoder, err) : 0;
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct decoder *decoder = state;
	unsigned char *row = rows_at(planes[0], planes[0]->end++);

	if (decoder->whole.bytes) {
		memcpy(row, pixels_row(&decoder->whole, decoder->y++), decoder->whole.stride);
		return 0;
	}
	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	png_read_row(decoder->png, row, NULL);
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	struct decoder *decoder = state;

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	png_read_end(decoder->png, NULL);
	return 0;
}

const struct decoder_ops png_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
