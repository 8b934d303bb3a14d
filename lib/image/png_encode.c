#include "image/png.h"

#include <setjmp.h>
#include <stdlib.h>

#include <png.h>

#include "base/memory.h"
#include "base/stream.h"

#include "image/png_deflate.h"
#include "image/png_failure.h"
#include "image/png_filter.h"
#include "image/png_palette.h"

struct encoder {
	png_structp png;
	png_infop info;
	struct png_failure failure;
	struct stream *out;
	struct encoding encoding;
	struct png_palette *palette; /* as long as there are few colours */
	struct png_filtering filtering;
	struct png_deflate *deflate;
	unsigned char *row; /* as stored, behind its filter */
	size_t row_bytes;
};

static void give_bytes(png_structp png, png_bytep bytes, size_t size)
{
	struct encoder *encoder = png_get_io_ptr(png);

	if (stream_write(encoder->out, bytes, size, encoder->failure.err))
		png_failure_jump(png, NULL);
}

static void give_nothing(png_structp png)
{
	(void)png;
}

static void encoder_close(void *state)
{
	struct encoder *encoder = state;

	if (!encoder)
		return;
	png_palette_free(encoder->palette);
	png_filter_release(&encoder->filtering);
	png_deflate_free(encoder->deflate);
	png_destroy_write_struct(&encoder->png, &encoder->info);
	free(encoder->row);
	free(encoder);
}

static void write_chunk(png_structp png, const char *type, const struct buffer *block)
{
	if (block->length)
		png_write_chunk(
			png, (png_const_bytep)type, (png_const_bytep)block->bytes, block->length);
}

/* XMP lies in an international text, neither compressed nor translated. */
static void write_xmp(png_structp png, const struct buffer *xmp)
{
	static const char head[] = "XML:com.adobe.xmp\0\0\0\0";

	if (!xmp->length)
		return;
	png_write_chunk_start(
		png, (png_const_bytep) "iTXt", (png_uint_32)(sizeof(head) + xmp->length));
	png_write_chunk_data(png, (png_const_bytep)head, sizeof(head));
	png_write_chunk_data(png, (png_const_bytep)xmp->bytes, xmp->length);
	png_write_chunk_end(png);
}

static void set_palette(struct encoder *encoder)
{
	const unsigned char *rgba;
	int transparent, count = png_palette_colors(encoder->palette, &rgba, &transparent);
	png_color colors[PNG_PALETTE_MOST];
	png_byte alphas[PNG_PALETTE_MOST];

	for (int i = 0; i < count; i++, rgba += 4) {
		colors[i] = (png_color){rgba[0], rgba[1], rgba[2]};
		alphas[i] = rgba[3];
	}
	png_set_PLTE(encoder->png, encoder->info, colors, count);
	if (transparent)
		png_set_tRNS(encoder->png, encoder->info, alphas, transparent, NULL);
}

static int write_header(struct encoder *encoder, const struct png_storage *storage)
{
	static const int types[] = {
		[PIXELS_GRAY] = PNG_COLOR_TYPE_GRAY,
		[PIXELS_GRAY_ALPHA] = PNG_COLOR_TYPE_GRAY_ALPHA,
		[PIXELS_RGB] = PNG_COLOR_TYPE_RGB,
		[PIXELS_RGBA] = PNG_COLOR_TYPE_RGB_ALPHA,
	};
	const struct encoding *encoding = &encoder->encoding;

	if (setjmp(encoder->failure.back))
		return -1;
	png_set_IHDR(encoder->png, encoder->info, (png_uint_32)encoding->size.width,
		(png_uint_32)encoding->size.height, storage->depth,
		storage->indexed ? PNG_COLOR_TYPE_PALETTE : types[storage->kind],
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (storage->indexed)
		set_palette(encoder);
	png_write_info(encoder->png, encoder->info);
	write_chunk(encoder->png, "eXIf", &encoding->metadata->exif);
	write_xmp(encoder->png, &encoding->metadata->xmp);
	return 0;
}

static int write_pixels(void *state, const unsigned char *bytes, size_t size, struct error *err)
{
	struct encoder *encoder = state;

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	png_write_chunk(encoder->png, (png_const_bytep) "IDAT", bytes, size);
	return 0;
}

/* Write what comes before the rows. Indices and few bits are no amounts that a filter could guess.
 */
static int begin(struct encoder *encoder, const struct png_storage *storage, struct error *err)
{
	struct size size = encoder->encoding.size;
	size_t bytes = png_storage_bytes(storage, size.width);
	int filtered = !storage->indexed && storage->depth == 8;

	encoder->failure.err = err;
	if (write_header(encoder, storage))
		return -1;
	if (filtered &&
		png_filter_init(
			&encoder->filtering, bytes, (size_t)pixels_channels(storage->kind), err))
		return -1;
	encoder->row_bytes = bytes;
	encoder->row = pixels_room(1 + bytes, 1, err);
	if (!encoder->row)
		return -1;
	encoder->deflate = png_deflate_new(encoder->encoding.effort,
		(1 + bytes) * (size_t)size.height, write_pixels, encoder, err);
	return encoder->deflate ? 0 : -1;
}

/* Write the row, filtered if that was begun. */
static int write_row(struct encoder *encoder, const unsigned char *row, struct error *err)
{
	const unsigned char *filtered = encoder->row;

	if (encoder->filtering.memory)
		filtered = png_filter_apply(&encoder->filtering, row);
	return png_deflate_write(encoder->deflate, filtered, 1 + encoder->row_bytes, err);
}

/* Begin, and write the rows that were held until it was known how. */
static int write_held(struct encoder *encoder, const struct png_storage *storage, struct error *err)
{
	if (begin(encoder, storage, err))
		return -1;
	for (int y = 0; y < png_palette_rows(encoder->palette); y++) {
		png_palette_row(encoder->palette, storage, y, encoder->row + 1);
		if (write_row(encoder, encoder->row + 1, err))
			return -1;
	}
	png_palette_free(encoder->palette);
	encoder->palette = NULL;
	return 0;
}

static int start_libpng(struct encoder *encoder)
{
	if (setjmp(encoder->failure.back))
		return -1;
	encoder->png = png_create_write_struct(
		PNG_LIBPNG_VER_STRING, &encoder->failure, png_failure_jump, png_failure_ignore);
	if (!encoder->png)
		memory_exhausted();
	encoder->info = png_create_info_struct(encoder->png);
	if (!encoder->info)
		memory_exhausted();
	png_set_write_fn(encoder->png, encoder, give_bytes, give_nothing);
	return 0;
}

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct encoder *encoder = memory_new(1, sizeof(*encoder));

	encoder->out = out;
	encoder->encoding = *encoding;
	encoder->failure.err = err;
	encoder->palette = png_palette_new(encoding->kind, encoding->size.width);
	if (start_libpng(encoder)) {
		encoder_close(encoder);
		return NULL;
	}
	return encoder;
}

/* Take a row: hold it while colours are few, write it when they are not. */
static int take_row(struct encoder *encoder, const unsigned char *row, struct error *err)
{
	struct png_storage storage = {.kind = encoder->encoding.kind, .depth = 8};

	if (encoder->palette) {
		int held = png_palette_take(encoder->palette, row, err);

		if (held)
			return held < 0 ? -1 : 0;
		if (write_held(encoder, &storage, err))
			return -1;
	}
	return write_row(encoder, row, err);
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	for (int y = 0; y < strip->rows; y++)
		if (take_row(state, strip->plane[0] + (size_t)y * strip->stride[0], err))
			return -1;
	return 0;
}

static int write_end(struct encoder *encoder)
{
	if (setjmp(encoder->failure.back))
		return -1;
	png_write_chunk(encoder->png, (png_const_bytep) "IEND", NULL, 0);
	return 0;
}

static int encoder_finish(void *state, struct error *err)
{
	struct encoder *encoder = state;

	if (encoder->palette) {
		struct png_storage storage = png_palette_choose(encoder->palette);

		if (write_held(encoder, &storage, err))
			return -1;
	}
	if (png_deflate_finish(encoder->deflate, err))
		return -1;
	encoder->failure.err = err;
	return write_end(encoder);
}

const struct encoder_ops png_encoder = {encoder_open, encoder_write, encoder_finish, encoder_close};
