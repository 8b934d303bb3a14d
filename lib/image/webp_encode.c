#include "image/webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/webp_chunks.h"

struct encoder {
	WebPPicture picture;
	struct stream *out;
	const struct metadata *metadata;
	int quality, effort;
	enum pixels_kind kind;
	struct pixels whole; /* pixels, where they do not come in planes */
	int y;
};

static int fail(WebPEncodingError code, struct error *err)
{
	if (code == VP8_ENC_ERROR_OUT_OF_MEMORY || code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
		return error_transient(err, "out of memory for a WebP");
	return error_internal(err, "libwebp's encoding error %d", (int)code);
}

static void encoder_close(void *state)
{
	struct encoder *encoder = state;

	if (!encoder)
		return;
	WebPPictureFree(&encoder->picture);
	pixels_release(&encoder->whole);
	free(encoder);
}

/* Planes go where libwebp encodes them from, pixels are made planes by it. */
static int prepare_picture(struct encoder *encoder, struct size size, struct error *err)
{
	WebPPicture *picture = &encoder->picture;

	picture->width = size.width;
	picture->height = size.height;
	if (encoder->kind != PIXELS_YCC_VIDEO)
		return pixels_init(&encoder->whole, encoder->kind, size, err);
	return WebPPictureAlloc(picture) ? 0 : fail(VP8_ENC_ERROR_OUT_OF_MEMORY, err);
}

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct encoder *encoder = memory_new(1, sizeof(*encoder));

	encoder->out = out;
	encoder->metadata = encoding->metadata;
	encoder->quality = encoding->quality;
	encoder->effort = encoding->effort;
	encoder->kind = encoding->kind;
	if (!WebPPictureInit(&encoder->picture))
		error_internal(err, "libwebp is of another version");
	else if (prepare_picture(encoder, encoding->size, err) == 0)
		return encoder;
	encoder_close(encoder);
	return NULL;
}

static void copy_rows(const struct strip *strip, int plane, int rows, unsigned char *to,
	size_t stride, size_t width)
{
	for (int y = 0; y < rows; y++)
		memcpy(to + (size_t)y * stride,
			strip->plane[plane] + (size_t)y * strip->stride[plane], width);
}

static void write_planes(struct encoder *encoder, const struct strip *strip)
{
	const WebPPicture *picture = &encoder->picture;
	size_t width = (size_t)picture->width, half = (width + 1) / 2;
	size_t chroma = (size_t)picture->uv_stride;
	size_t at = (size_t)(encoder->y / 2) * chroma;

	copy_rows(strip, 0, strip->rows,
		picture->y + (size_t)encoder->y * (size_t)picture->y_stride,
		(size_t)picture->y_stride, width);
	copy_rows(strip, 1, (strip->rows + 1) / 2, picture->u + at, chroma, half);
	copy_rows(strip, 2, (strip->rows + 1) / 2, picture->v + at, chroma, half);
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	struct encoder *encoder = state;

	(void)err;
	if (encoder->kind == PIXELS_YCC_VIDEO)
		write_planes(encoder, strip);
	else
		copy_rows(strip, 0, strip->rows, pixels_row(&encoder->whole, encoder->y),
			encoder->whole.stride, encoder->whole.stride);
	encoder->y += strip->rows;
	return 0;
}

static int import_pixels(struct encoder *encoder, struct error *err)
{
	const struct pixels *whole = &encoder->whole;
	WebPPicture *picture = &encoder->picture;
	int imported = whole->kind == PIXELS_RGBA
		? WebPPictureImportRGBA(picture, whole->bytes, (int)whole->stride)
		: WebPPictureImportRGB(picture, whole->bytes, (int)whole->stride);

	if (!imported)
		return fail(VP8_ENC_ERROR_OUT_OF_MEMORY, err);
	pixels_release(&encoder->whole);
	return 0;
}

static int encode(struct encoder *encoder, struct error *err)
{
	WebPPicture *picture = &encoder->picture;
	WebPConfig config;

	if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)encoder->quality))
		return error_internal(err, "libwebp is of another version");
	config.method = encoder->effort;
	if (encoder->whole.bytes && import_pixels(encoder, err))
		return -1;
	return WebPEncode(&config, picture) ? 0 : fail(picture->error_code, err);
}

static int encoder_finish(void *state, struct error *err)
{
	struct encoder *encoder = state;
	WebPPicture *picture = &encoder->picture;
	struct size size = {picture->width, picture->height};
	WebPMemoryWriter writer;
	int rc;

	WebPMemoryWriterInit(&writer);
	picture->writer = WebPMemoryWrite;
	picture->custom_ptr = &writer;
	rc = encode(encoder, err);
	if (rc == 0)
		rc = webp_chunks_write(
			encoder->out, writer.mem, writer.size, size, encoder->metadata, err);
	WebPMemoryWriterClear(&writer);
	return rc;
}

const struct encoder_ops webp_encoder = {
	encoder_open, encoder_write, encoder_finish, encoder_close};
