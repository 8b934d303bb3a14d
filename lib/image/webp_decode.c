#include "image/webp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "base/error.h"
#include "base/memory.h"

#include "pixel/pyramid.h"
#include "pixel/rows.h"

#include "image/webp_chunks.h"
#include "image/webp_rows.h"

struct decoder {
	struct bytes file;
	struct webp_frame frame;
	struct size canvas;
	enum pixels_kind kind;
	struct webp_rows planes; /* of a picture that comes in planes */
	struct pixels whole;	 /* any other */
};

/* What libwebp calls it in WebPBitstreamFeatures. */
enum { LOSSY = 1 };

static void decoder_close(void *state)
{
	struct decoder *decoder = state;

	if (!decoder)
		return;
	bytes_release(&decoder->file);
	webp_rows_release(&decoder->planes);
	pixels_release(&decoder->whole);
	free(decoder);
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
		return webp_rows_fail(status, err);
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

/* What of the canvas the frame doesn't cover stays zeros, which are transparent. */
static int decode(struct decoder *decoder, struct size size, struct error *err)
{
	const struct webp_frame *frame = &decoder->frame;
	const struct pixels *whole = &decoder->whole;
	size_t left = (size_t)frame->left * (size_t)pixels_channels(decoder->kind);
	WebPDecoderConfig config;
	WebPRGBABuffer *to = &config.output.u.RGBA;
	VP8StatusCode status;

	if (!WebPInitDecoderConfig(&config))
		return error_internal(err, "libwebp is of another version");
	if (size.width != decoder->canvas.width || size.height != decoder->canvas.height) {
		config.options.use_scaling = 1;
		config.options.scaled_width = size.width;
		config.options.scaled_height = size.height;
	}
	config.output.colorspace = decoder->kind == PIXELS_RGBA ? MODE_RGBA : MODE_RGB;
	config.output.is_external_memory = 1;
	to->rgba = pixels_row(whole, frame->top) + left;
	to->stride = (int)whole->stride;
	to->size = whole->stride * (size_t)(whole->size.height - frame->top) - left;
	status = WebPDecode(frame->bytes, frame->length, &config);
	return status == VP8_STATUS_OK ? 0 : webp_rows_fail(status, err);
}

static int start_planes(struct decoder *decoder, struct raster *raster, struct error *err)
{
	if (webp_rows_init(&decoder->planes, decoder->frame.bytes, decoder->frame.length,
		    decoder->canvas, err))
		return -1;
	for (int i = 0; i < PIXELS_PLANES; i++)
		raster->plane[i] = (struct raster_plane){
			.size = decoder->planes.planes[i].size,
			.scale_x = i ? 0.5 : 1,
			.scale_y = i ? 0.5 : 1,
			.rows = i ? WEBP_ROWS / 2 : WEBP_ROWS,
			.row_bytes = decoder->planes.planes[i].stride,
		};
	return 0;
}

static int start_pixels(
	struct decoder *decoder, struct size size, struct raster *raster, struct error *err)
{
	if (pixels_init(&decoder->whole, decoder->kind, size, err) || decode(decoder, size, err))
		return -1;
	bytes_release(&decoder->file);
	raster->plane[0] = (struct raster_plane){
		.size = size,
		.scale_x = (double)size.width / decoder->canvas.width,
		.scale_y = (double)size.height / decoder->canvas.height,
		.rows = 1,
		.row_bytes = decoder->whole.stride,
	};
	return 0;
}

static int decoder_start(
	void *state, const struct wanted *wanted, struct raster *raster, struct error *err)
{
	struct decoder *decoder = state;

	if (wanted->pixels && decoder->kind == PIXELS_YCC_VIDEO)
		decoder->kind = PIXELS_RGB;
	raster->kind = decoder->kind;
	if (decoder->kind == PIXELS_YCC_VIDEO)
		return start_planes(decoder, raster, err);
	return start_pixels(decoder,
		wanted->pixels ? decoder->canvas : choose_size(decoder, wanted->shrink), raster,
		err);
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct decoder *decoder = state;
	struct rows *rows = planes[0];

	if (decoder->kind == PIXELS_YCC_VIDEO)
		return webp_rows_read(&decoder->planes, planes, err);
	memcpy(rows_at(rows, rows->end), pixels_row(&decoder->whole, rows->end),
		decoder->whole.stride);
	rows->end++;
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	(void)state, (void)err;
	return 0;
}

const struct decoder_ops webp_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
