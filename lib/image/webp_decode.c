#include "image/webp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/rows.h"
#include "image/webp_chunks.h"

struct decoder {
	struct bytes file;
	struct webp_frame frame;
	struct size canvas;
	enum pixels_kind kind;
	struct pixels whole;
	int y;
};

static void decoder_close(void *state)
{
	struct decoder *decoder = state;

	if (!decoder)
		return;
	bytes_release(&decoder->file);
	pixels_release(&decoder->whole);
	free(decoder);
}

static int fail(VP8StatusCode status, struct error *err)
{
	switch (status) {
	case VP8_STATUS_OUT_OF_MEMORY:
		return error_transient(err, "out of memory for a WebP");
	case VP8_STATUS_NOT_ENOUGH_DATA:
		return error_invalid(err, "broken WebP: the picture ends early");
	default:
		return error_invalid(err, "broken WebP: libwebp's status %d", (int)status);
	}
}

static int fills_canvas(const struct decoder *decoder)
{
	return decoder->frame.size.width == decoder->canvas.width &&
		decoder->frame.size.height == decoder->canvas.height;
}

static int read_features(struct decoder *decoder, struct picture *picture, struct error *err)
{
	const struct webp_frame *frame = &decoder->frame;
	WebPBitstreamFeatures features;
	VP8StatusCode status = WebPGetFeatures(frame->bytes, frame->length, &features);

	if (status != VP8_STATUS_OK)
		return fail(status, err);
	if (features.width != frame->size.width || features.height != frame->size.height)
		return error_invalid(err, "broken WebP: a picture of %dx%d in a frame of %dx%d",
			features.width, features.height, frame->size.width, frame->size.height);
	/* what of the canvas no frame covers is transparent */
	picture->info.has_alpha = features.has_alpha || !fills_canvas(decoder);
	decoder->kind = picture->info.has_alpha ? PIXELS_RGBA : PIXELS_RGB;
	return 0;
}

static void *decoder_open(struct source *in, const struct image_limits *limits,
	struct picture *picture, struct error *err)
{
	struct decoder *decoder = memory_new(1, sizeof(*decoder));

	if (webp_chunks_read(in, limits, &decoder->file, &decoder->frame, picture, err))
		goto fail;
	decoder->canvas = picture->info.size;
	if (read_features(decoder, picture, err))
		goto fail;
	return decoder;
fail:
	decoder_close(decoder);
	return NULL;
}

static int shrunk(int side, double shrink)
{
	return (int)ceil(side / shrink);
}

/* libwebp can average pixels while it decodes. Its average, to twice the size wanted at least, is
 * as good as ours; of transparent pictures it would mix in colours that cannot be seen. */
static struct size choose_size(const struct decoder *decoder, double shrink)
{
	if (decoder->kind == PIXELS_RGBA || shrink < 4)
		return decoder->canvas;
	return (struct size){shrunk(decoder->canvas.width, shrink / 2),
		shrunk(decoder->canvas.height, shrink / 2)};
}

static int decode(struct decoder *decoder, struct error *err)
{
	const struct webp_frame *frame = &decoder->frame;
	const struct pixels *whole = &decoder->whole;
	int channels = pixels_channels(decoder->kind);
	WebPDecoderConfig config;
	VP8StatusCode status;

	if (!WebPInitDecoderConfig(&config))
		return error_internal(err, "libwebp is of another version");
	if (whole->size.width != decoder->canvas.width ||
		whole->size.height != decoder->canvas.height) {
		config.options.use_scaling = 1;
		config.options.scaled_width = whole->size.width;
		config.options.scaled_height = whole->size.height;
	}
	config.output.colorspace = decoder->kind == PIXELS_RGBA ? MODE_RGBA : MODE_RGB;
	config.output.is_external_memory = 1;
	config.output.u.RGBA.rgba = pixels_row(whole, frame->top) + frame->left * channels;
	config.output.u.RGBA.stride = (int)whole->stride;
	config.output.u.RGBA.size = whole->stride * (size_t)(whole->size.height - frame->top) -
		(size_t)frame->left * (size_t)channels;
	status = WebPDecode(frame->bytes, frame->length, &config);
	return status == VP8_STATUS_OK ? 0 : fail(status, err);
}

static int decoder_start(void *state, double shrink, struct raster *raster, struct error *err)
{
	struct decoder *decoder = state;
	struct size size = choose_size(decoder, shrink);

	if (pixels_init(&decoder->whole, decoder->kind, size, err) || decode(decoder, err))
		return -1;
	bytes_release(&decoder->file);
	*raster = (struct raster){.kind = decoder->kind,
		.plane[0] = {size, (double)size.width / decoder->canvas.width,
			(double)size.height / decoder->canvas.height, 1, decoder->whole.stride}};
	return 0;
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct decoder *decoder = state;
	unsigned char *row = rows_at(planes[0], planes[0]->end++);

	(void)err;
	memcpy(row, pixels_row(&decoder->whole, decoder->y++), decoder->whole.stride);
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	(void)state, (void)err;
	return 0;
}

const struct decoder_ops webp_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
