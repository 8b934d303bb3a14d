#ifndef PICTURE_H
#define PICTURE_H

/* Pictures that tests make for themselves, with the libraries and none of the code under test. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/stream.h"
#include "pixel/pixels.h"

#include "image/image.h"
#include "test.h"

static const struct image_limits no_limits = {0};

/* A smooth picture of which no turn or mirror image is like another. */
static inline struct pixels picture_new(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = {0};
	struct error err = {0};
	int channels = pixels_channels(kind);

	assert_int_equal(pixels_init(&picture, kind, (struct size){width, height}, &err), 0);
	for (int y = 0; y < height; y++) {
		unsigned char *row = pixels_row(&picture, y);

		for (int x = 0; x < width; x++)
			for (int c = 0; c < channels; c++)
				*row++ = (unsigned char)(c == 0 ? 20 + 200 * x / width
						: c == 1	? 30 + 210 * y / height
						: c == 2 ? 10 + 120 * (x + y) / (width + height)
							 : 90 + 60 * (height - y) / height);
	}
	return picture;
}

/* How a JPEG is to be made; zero is baseline, 4:4:4, in the colours of its pixels. */
struct jpeg_making {
	int progressive, arithmetic, subsampled, restart, separate_scans;
	int quality; /* 0 is 95 */
	J_COLOR_SPACE stored;
	int no_adobe_marker;
	const jpeg_scan_info *script; /* of `scans` scans */
	int scans;
	const struct buffer *exif, *profile;
};

static inline void jpeg_put_blocks(j_compress_ptr jpeg, const struct jpeg_making *making)
{
	struct buffer marker = {0};

	if (making->exif) {
		buffer_append(&marker, "Exif\0", 6);
		buffer_append(&marker, making->exif->bytes, making->exif->length);
		jpeg_write_marker(
			jpeg, JPEG_APP0 + 1, (const JOCTET *)marker.bytes, (unsigned)marker.length);
	}
	if (making->profile)
		jpeg_write_icc_profile(jpeg, (const JOCTET *)making->profile->bytes,
			(unsigned)making->profile->length);
	buffer_release(&marker);
}

static inline void jpeg_set_up(
	j_compress_ptr jpeg, const struct pixels *picture, const struct jpeg_making *making)
{
	static const J_COLOR_SPACE spaces[] = {
		[PIXELS_GRAY] = JCS_GRAYSCALE, [PIXELS_RGB] = JCS_RGB, [PIXELS_CMYK] = JCS_CMYK};
	static const jpeg_scan_info scans[] = {
		{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};

	jpeg->image_width = (JDIMENSION)picture->size.width;
	jpeg->image_height = (JDIMENSION)picture->size.height;
	jpeg->input_components = pixels_channels(picture->kind);
	jpeg->in_color_space = spaces[picture->kind];
	jpeg_set_defaults(jpeg);
	if (making->stored)
		jpeg_set_colorspace(jpeg, making->stored);
	jpeg_set_quality(jpeg, making->quality ? making->quality : 95, TRUE);
	if (!making->subsampled)
		jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
	jpeg->arith_code = making->arithmetic;
	jpeg->restart_interval = (unsigned)making->restart;
	if (making->no_adobe_marker)
		jpeg->write_Adobe_marker = FALSE;
	if (making->progressive)
		jpeg_simple_progression(jpeg);
	if (making->separate_scans) {
		jpeg->scan_info = scans;
		jpeg->num_scans = 3;
	}
	if (making->script) {
		jpeg->scan_info = making->script;
		jpeg->num_scans = making->scans;
	}
}

/* Append a JPEG file. Ink is stored inverted, unless it's plain. */
static inline void picture_to_jpeg(
	const struct pixels *picture, const struct jpeg_making *making, struct buffer *file)
{
	static const struct jpeg_making nothing_special = {0};
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned char *bytes = NULL, *line = malloc(picture->stride);
	unsigned long size = 0;
	JSAMPROW rows[] = {line};

	making = making ? making : &nothing_special;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &bytes, &size);
	jpeg_set_up(&jpeg, picture, making);
	jpeg_start_compress(&jpeg, TRUE);
	jpeg_put_blocks(&jpeg, making);
	for (int y = 0; y < picture->size.height; y++) {
		memcpy(line, pixels_row(picture, y), picture->stride);
		for (size_t i = 0; i < picture->stride; i++)
			if (picture->kind == PIXELS_CMYK)
				line[i] = (unsigned char)(255 - line[i]);
		jpeg_write_scanlines(&jpeg, rows, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	buffer_append(file, bytes, size);
	free(bytes);
	free(line);
}

static inline void png_to_buffer(png_structp png, png_bytep bytes, size_t size)
{
	buffer_append(png_get_io_ptr(png), bytes, size);
}

static inline void png_to_nothing(png_structp png)
{
	(void)png;
}

/* Start a PNG file of 8 bits or another depth; png_finish() ends it. */
static inline png_structp png_start(
	struct buffer *file, int type, int depth, struct size size, int interlaced, png_infop *info)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);

	*info = png_create_info_struct(png);
	png_set_write_fn(png, file, png_to_buffer, png_to_nothing);
	png_set_IHDR(png, *info, (png_uint_32)size.width, (png_uint_32)size.height, depth, type,
		interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		PNG_FILTER_TYPE_DEFAULT);
	return png;
}

static inline void png_finish(png_structp png, png_infop info, unsigned char *bytes, size_t stride)
{
	png_uint_32 height = png_get_image_height(png, info);
	png_bytep *rows = malloc(height * sizeof(*rows));

	for (png_uint_32 y = 0; y < height; y++)
		rows[y] = bytes + y * stride;
	png_write_info(png, info);
	png_write_image(png, rows);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	free(rows);
}

/* Append a PNG file; not of ink. */
static inline void picture_to_png(const struct pixels *picture, struct buffer *file)
{
	static const int types[] = {[PIXELS_GRAY] = PNG_COLOR_TYPE_GRAY,
		[PIXELS_GRAY_ALPHA] = PNG_COLOR_TYPE_GRAY_ALPHA,
		[PIXELS_RGB] = PNG_COLOR_TYPE_RGB,
		[PIXELS_RGBA] = PNG_COLOR_TYPE_RGB_ALPHA};
	png_infop info;
	png_structp png = png_start(file, types[picture->kind], 8, picture->size, 0, &info);

	png_finish(png, info, picture->bytes, picture->stride);
}

/* Append a chunk to a PNG file, or put it at `at` if that isn't 0. */
static inline void png_put_chunk(
	struct buffer *file, size_t at, const char *type, const void *bytes, size_t size)
{
	struct buffer chunk = {0};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);

	png_set_write_fn(png, &chunk, png_to_buffer, png_to_nothing);
	png_write_chunk(png, (png_const_bytep)type, bytes, size);
	png_destroy_write_struct(&png, NULL);
	buffer_replace(file, at ? at : file->length, 0, chunk.bytes, chunk.length);
	buffer_release(&chunk);
}

/* Where in a PNG file the first chunk after IHDR is, and where IEND. */
#define PNG_AFTER_IHDR 33
#define PNG_IEND(file) ((file)->length - 12)

/* Append a WebP file, lossless if `quality` is 0; RGB and RGBA only. */
static inline void picture_to_webp(const struct pixels *picture, int quality, struct buffer *file)
{
	uint8_t *bytes = NULL;
	int width = picture->size.width, height = picture->size.height;
	int stride = (int)picture->stride, alpha = picture->kind == PIXELS_RGBA;
	size_t size = !quality && alpha
		? WebPEncodeLosslessRGBA(picture->bytes, width, height, stride, &bytes)
		: !quality ? WebPEncodeLosslessRGB(picture->bytes, width, height, stride, &bytes)
		: alpha
		? WebPEncodeRGBA(picture->bytes, width, height, stride, (float)quality, &bytes)
		: WebPEncodeRGB(picture->bytes, width, height, stride, (float)quality, &bytes);

	assert_true(size > 0);
	buffer_append(file, bytes, size);
	WebPFree(bytes);
}

static inline void put_little32(struct buffer *to, size_t value)
{
	for (int i = 0; i < 4; i++)
		buffer_byte(to, (char)(value >> (8 * i)));
}

static inline void put_little24(struct buffer *to, size_t value)
{
	for (int i = 0; i < 3; i++)
		buffer_byte(to, (char)(value >> (8 * i)));
}

/* Append a chunk of a WebP file. */
static inline void webp_put_chunk(
	struct buffer *to, const char *type, const void *bytes, size_t size)
{
	buffer_append(to, type, 4);
	put_little32(to, size);
	buffer_append(to, bytes, size);
	if (size % 2)
		buffer_byte(to, 0);
}

/* Append an extended WebP file of a canvas, and what else it has. */
static inline void webp_extend(
	struct buffer *file, int flags, struct size canvas, const struct buffer *chunks)
{
	struct buffer vp8x = {0};

	put_little32(&vp8x, (size_t)flags);
	put_little24(&vp8x, (size_t)canvas.width - 1);
	put_little24(&vp8x, (size_t)canvas.height - 1);
	buffer_text(file, "RIFF");
	put_little32(file, 4 + 8 + vp8x.length + chunks->length);
	buffer_text(file, "WEBP");
	webp_put_chunk(file, "VP8X", vp8x.bytes, vp8x.length);
	buffer_append(file, chunks->bytes, chunks->length);
	buffer_release(&vp8x);
}

/* Append an Exif block of nothing but an orientation. */
static inline void exif_of(int orientation, struct buffer *block)
{
	buffer_append(block, "II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0", 18);
	put_little32(block, (size_t)orientation);
	put_little32(block, 0);
}

/* Open a file as a picture; fail the test if it's refused. Close with picture_close(). */
struct opened {
	struct stream in;
	struct image *image;
};

static inline struct opened picture_open(const struct buffer *file)
{
	struct opened opened;
	struct error err = {0};

	stream_from_memory(&opened.in, file->bytes, file->length);
	opened.image = image_open(&opened.in, &no_limits, &err);
	if (!opened.image)
		fail_msg("%s: %s", error_type_name(err.type), err.text);
	return opened;
}

static inline void picture_close(struct opened *opened)
{
	image_free(opened->image);
	stream_close(&opened->in);
}

/* Render one rendition of a file into `out`. */
static inline int picture_render(const struct buffer *file, const struct rendition *rendition,
	enum image_keep keep, struct buffer *out, struct error *err)
{
	struct stream in, sink;
	struct image_output output = {.rendition = rendition, .out = &sink};
	struct image *image;
	int rc = -1;

	stream_from_memory(&in, file->bytes, file->length);
	stream_to_buffer(&sink, out);
	image = image_open(&in, &no_limits, err);
	if (image)
		rc = image_render(image, &output, 1, keep, err);
	image_free(image);
	stream_close(&in);
	return rc;
}

/* Decode a PNG file by libpng's own simple ways, as RGBA. */
static inline struct pixels png_to_picture(const struct buffer *file)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	struct pixels picture = {0};
	struct error err = {0};

	assert_true(png_image_begin_read_from_memory(&png, file->bytes, file->length));
	png.format = PNG_FORMAT_RGBA;
	assert_int_equal(pixels_init(&picture, PIXELS_RGBA,
				 (struct size){(int)png.width, (int)png.height}, &err),
		0);
	assert_true(png_image_finish_read(&png, NULL, picture.bytes, 0, NULL));
	return picture;
}

/* Decode any file by the code under test, in its own size, upright, as RGBA. */
static inline struct pixels picture_of(const struct buffer *file)
{
	static const struct rendition whole = {.box = {1 << 20, 1 << 20}, .format = IMAGE_PNG};
	struct buffer png = {0};
	struct error err = {0};
	struct pixels picture;

	if (picture_render(file, &whole, KEEP_NONE, &png, &err))
		fail_msg("%s: %s", error_type_name(err.type), err.text);
	picture = png_to_picture(&png);
	buffer_release(&png);
	return picture;
}

/* Return the largest difference of two pictures' channels; the first may have no alpha. */
static inline int picture_difference(const struct pixels *a, const struct pixels *b)
{
	int largest = 0, channels = pixels_channels(a->kind), others = pixels_channels(b->kind);

	assert_int_equal(a->size.width, b->size.width);
	assert_int_equal(a->size.height, b->size.height);
	for (int y = 0; y < a->size.height; y++) {
		const unsigned char *p = pixels_row(a, y), *q = pixels_row(b, y);

		for (int x = 0; x < a->size.width; x++, p += channels, q += others)
			for (int c = 0; c < channels && c < others; c++)
				if (abs(p[c] - q[c]) > largest)
					largest = abs(p[c] - q[c]);
	}
	return largest;
}

#endif
