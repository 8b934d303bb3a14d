#include "image/webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/webp_chunks.h"

struct encoder {
	struct stream *out;
	const struct metadata *metadata;
	int quality;
	struct pixels whole;
	int y;
};

static void encoder_close(void *state)
{
	struct encoder *encoder = state;

	if (!encoder)
		return;
	pixels_release(&encoder->whole);
	free(encoder);
}

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct encoder *encoder = memory_new(1, sizeof(*encoder));

	encoder->out = out;
	encoder->metadata = encoding->metadata;
	encoder->quality = encoding->quality;
	if (pixels_init(&encoder->whole, encoding->kind, encoding->size, err)) {
		encoder_close(encoder);
		return NULL;
	}
	return encoder;
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	struct encoder *encoder = state;

	(void)err;
	for (int y = 0; y < strip->rows; y++)
		memcpy(pixels_row(&encoder->whole, encoder->y++),
			strip->plane[0] + (size_t)y * strip->stride[0], encoder->whole.stride);
	return 0;
}

static int fail(WebPEncodingError code, struct error *err)
{
	if (code == VP8_ENC_ERROR_OUT_OF_MEMORY || code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
		return error_transient(err, "out of memory for a WebP");
	return error_internal(err, "libwebp's encoding error %d", (int)code);
}

static int encode(struct encoder *encoder, WebPPicture *picture, struct error *err)
{
	const struct pixels *whole = &encoder->whole;
	WebPConfig config;
	int imported;

	if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)encoder->quality))
		return error_internal(err, "libwebp is of another version");
	config.method = 4;
	picture->width = whole->size.width;
	picture->height = whole->size.height;
	imported = whole->kind == PIXELS_RGBA
		? WebPPictureImportRGBA(picture, whole->bytes, (int)whole->stride)
		: WebPPictureImportRGB(picture, whole->bytes, (int)whole->stride);
	if (!imported)
		return fail(VP8_ENC_ERROR_OUT_OF_MEMORY, err);
	pixels_release(&encoder->whole);
	return WebPEncode(&config, picture) ? 0 : fail(picture->error_code, err);
}

static int encoder_finish(void *state, struct error *err)
{
	struct encoder *encoder = state;
	struct size size = encoder->whole.size;
	WebPMemoryWriter writer;
	WebPPicture picture;
	int rc;

	WebPMemoryWriterInit(&writer);
	if (!WebPPictureInit(&picture))
		return error_internal(err, "libwebp is of another version");
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	rc = encode(encoder, &picture, err);
	if (rc == 0)
		rc = webp_chunks_write(
			encoder->out, writer.mem, writer.size, size, encoder->metadata, err);
	WebPPictureFree(&picture);
	WebPMemoryWriterClear(&writer);
	return rc;
}

const struct encoder_ops webp_encoder = {
	encoder_open, encoder_write, encoder_finish, encoder_close};
