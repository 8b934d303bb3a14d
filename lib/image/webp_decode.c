#include "image/webp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/pyramid.h"
#include "image/rows.h"
#include "image/webp_chunks.h"

struct decoder {
	struct bytes file;
	struct webp_frame frame;
	struct size canvas;
	enum pixels_kind kind;
	struct pixels whole[PIXELS_PLANES];
};

/* What libwebp calls it in WebPBitstreamFeatures. */
enum { LOSSY = 1 };

static void decoder_close(void *state)
{
	struct decoder *decoder = state;

	if (!decoder)
		return;
	bytes_release(&decoder->file);
	for (int i = 0; i < PIXELS_PLANES; i++)
		pixels_release(&decoder->whole[i]);
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
	decoder->kind = picture->info.has_alpha ? PIXELS_RGBA
		: features.format == LOSSY	? PIXELS_YCC_VIDEO
						: PIXELS_RGB;
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

/* libwebp can average pixels while it decodes. Its average, to what is still enough for a better
 * filter, is as good as ours; of transparent pictures it would mix in colours that cannot be seen.
 */
static struct size choose_size(const struct decoder *decoder, double shrink)
{
	if (decoder->kind == PIXELS_RGBA || shrink < 2 * PYRAMID_ENOUGH)
		return decoder->canvas;
	return (struct size){shrunk(decoder->canvas.width, shrink / PYRAMID_ENOUGH),
		shrunk(decoder->canvas.height, shrink / PYRAMID_ENOUGH)};
}

/* Chroma of a lossy picture is half as wide and high (RFC 6386, 2). */
static struct size plane_size(const struct decoder *decoder, int plane, struct size size)
{
	if (decoder->kind != PIXELS_YCC_VIDEO || plane == 0)
		return size;
	return (struct size){(size.width + 1) / 2, (size.height + 1) / 2};
}

static void lead_to_planes(const struct decoder *decoder, WebPYUVABuffer *buffer)
{
	const struct pixels *planes = decoder->whole;

	buffer->y = planes[0].bytes;
	buffer->u = planes[1].bytes;
	buffer->v = planes[2].bytes;
	buffer->y_stride = (int)planes[0].stride;
	buffer->u_stride = buffer->v_stride = (int)planes[1].stride;
	buffer->y_size = planes[0].stride * (size_t)planes[0].size.height;
	buffer->u_size = buffer->v_size = planes[1].stride * (size_t)planes[1].size.height;
}

/* What of the canvas the frame doesn't cover stays zeros, which are transparent. */
static void lead_to_pixels(const struct decoder *decoder, WebPRGBABuffer *buffer)
{
	const struct pixels *whole = &decoder->whole[0];
	const struct webp_frame *frame = &decoder->frame;
	size_t left = (size_t)frame->left * (size_t)pixels_channels(decoder->kind);

	buffer->rgba = pixels_row(whole, frame->top) + left;
	buffer->stride = (int)whole->stride;
	buffer->size = whole->stride * (size_t)(whole->size.height - frame->top) - left;
}

static int decode(struct decoder *decoder, struct size size, struct error *err)
{
	const struct webp_frame *frame = &decoder->frame;
	WebPDecoderConfig config;
	VP8StatusCode status;

	if (!WebPInitDecoderConfig(&config))
		return error_internal(err, "libwebp is of another version");
	if (size.width != decoder->canvas.width || size.height != decoder->canvas.height) {
		config.options.use_scaling = 1;
		config.options.scaled_width = size.width;
		config.options.scaled_height = size.height;
	}
	config.output.colorspace = decoder->kind == PIXELS_YCC_VIDEO ? MODE_YUV
		: decoder->kind == PIXELS_RGBA			     ? MODE_RGBA
								     : MODE_RGB;
	config.output.is_external_memory = 1;
	if (decoder->kind == PIXELS_YCC_VIDEO)
		lead_to_planes(decoder, &config.output.u.YUVA);
	else
		lead_to_pixels(decoder, &config.output.u.RGBA);
	status = WebPDecode(frame->bytes, frame->length, &config);
	return status == VP8_STATUS_OK ? 0 : fail(status, err);
}

static int decoder_start(
	void *state, const struct wanted *wanted, struct raster *raster, struct error *err)
{
	struct decoder *decoder = state;
	struct size size = wanted->pixels ? decoder->canvas : choose_size(decoder, wanted->shrink);
	enum pixels_kind kind;

	if (wanted->pixels && decoder->kind == PIXELS_YCC_VIDEO)
		decoder->kind = PIXELS_RGB;
	kind = decoder->kind == PIXELS_YCC_VIDEO ? PIXELS_GRAY : decoder->kind;
	raster->kind = decoder->kind;
	for (int i = 0; i < pixels_planes(decoder->kind); i++) {
		struct raster_plane *plane = &raster->plane[i];
		struct pixels *whole = &decoder->whole[i];

		plane->size = plane_size(decoder, i, size);
		if (pixels_init(whole, kind, plane->size, err))
			return -1;
		plane->scale_x = (double)size.width / decoder->canvas.width / (i ? 2 : 1);
		plane->scale_y = (double)size.height / decoder->canvas.height / (i ? 2 : 1);
		plane->rows = 1;
		plane->row_bytes = whole->stride;
	}
	if (decode(decoder, size, err))
		return -1;
	bytes_release(&decoder->file);
	return 0;
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct decoder *decoder = state;

	(void)err;
	for (int i = 0; i < pixels_planes(decoder->kind); i++) {
		const struct pixels *whole = &decoder->whole[i];
		struct rows *rows = planes[i];

		if (rows->end == whole->size.height)
			continue;
		memcpy(rows_at(rows, rows->end), pixels_row(whole, rows->end), whole->stride);
		rows->end++;
	}
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	(void)state, (void)err;
	return 0;
}

const struct decoder_ops webp_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
