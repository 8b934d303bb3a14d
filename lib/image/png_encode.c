#include "image/png.h"

#include <setjmp.h>
#include <stdlib.h>

#include <png.h>

#include "base/memory.h"
#include "base/stream.h"

#include "image/png_failure.h"

struct encoder {
	png_structp png;
	png_infop info;
	struct png_failure failure;
	struct stream *out;
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
	png_destroy_write_struct(&encoder->png, &encoder->info);
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

static int write_header(struct encoder *encoder, const struct encoding *encoding)
{
	static const int types[] = {
		[PIXELS_GRAY] = PNG_COLOR_TYPE_GRAY,
		[PIXELS_GRAY_ALPHA] = PNG_COLOR_TYPE_GRAY_ALPHA,
		[PIXELS_RGB] = PNG_COLOR_TYPE_RGB,
		[PIXELS_RGBA] = PNG_COLOR_TYPE_RGB_ALPHA,
	};

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
	png_set_IHDR(encoder->png, encoder->info, (png_uint_32)encoding->size.width,
		(png_uint_32)encoding->size.height, 8, types[encoding->kind], PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(encoder->png, encoder->info);
	write_chunk(encoder->png, "eXIf", &encoding->metadata->exif);
	write_xmp(encoder->png, &encoding->metadata->xmp);
	return 0;
}

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct encoder *encoder = memory_new(1, sizeof(*encoder));

	encoder->out = out;
	encoder->failure.err = err;
	if (write_header(encoder, encoding)) {
		encoder_close(encoder);
		return NULL;
	}
	return encoder;
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	struct encoder *encoder = state;

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	for (int y = 0; y < strip->rows; y++)
		png_write_row(encoder->png, strip->plane[0] + (size_t)y * strip->stride[0]);
	return 0;
}

static int encoder_finish(void *state, struct error *err)
{
	struct encoder *encoder = state;

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	png_write_end(encoder->png, NULL);
	return 0;
}

const struct encoder_ops png_encoder = {encoder_open, encoder_write, encoder_finish, encoder_close};
