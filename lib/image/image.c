#include "image/image.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/stream.h"

#include "pixel/light.h"
#include "pixel/orient.h"
#include "pixel/pyramid.h"

#include "image/codec.h"
#include "image/measure.h"
#include "image/render.h"
#include "image/sniff.h"
#include "image/source.h"

struct image {
	struct source source;
	const struct decoder_ops *decoder;
	void *decoding;
	struct picture picture;
};

/* Choose the decoder by the file's first bytes. */
static int choose_decoder(struct image *image, struct error *err)
{
	struct source *source = &image->source;
	ssize_t n = source_peek(source, SNIFF_BYTES, err);
	enum image_format format;
	const char *name;

	if (n < 0)
		return -1;
	if (sniff_format(source->bytes, (size_t)n, &format) == 0) {
		image->decoder = codec_of(format)->decoder;
		return 0;
	}
	name = sniff_name(source->bytes, (size_t)n);
	return error_invalid(
		err, "not a JPEG, PNG or WebP image%s%s", name ? " but " : "", name ? name : "");
}

/* Say why the picture can't be decoded: maybe it is not the one that was sent. */
static void look_for_damage(struct image *image, struct error *err)
{
	struct error damage = {0};

	if (err->type == ERROR_INVALID && stream_verify(image->source.in, &damage))
		*err = damage;
}

struct image *image_open(struct stream *in, const struct image_limits *limits, struct error *err)
{
	struct image *image = memory_new(1, sizeof(*image));
	struct picture *picture = &image->picture;

	source_init(&image->source, in);
	if (choose_decoder(image, err))
		goto fail;
	image->decoding = image->decoder->open(&image->source, limits, picture, err);
	if (!image->decoding) {
		look_for_damage(image, err);
		goto fail;
	}
	color_describe(&picture->space, picture->info.profile, sizeof(picture->info.profile));
	return image;
fail:
	image_free(image);
	return NULL;
}

const struct image_info *image_info(const struct image *image)
{
	return &image->picture.info;
}

/* Place every output, and return how many pixels a side become one in the largest. */
static double place(const struct image_info *info, struct image_output *outputs, size_t count,
	struct placement *placements)
{
	struct size upright = orient_size(info->size, info->orientation);
	double shrink = 0;

	for (size_t i = 0; i < count; i++) {
		const struct rendition *rendition = outputs[i].rendition;
		struct placement *placed = &placements[i];
		double across, down;

		fit_place(upright, rendition->box, rendition->fit, rendition->enlarge, placed);
		across = placed->window.width / placed->scaled.width;
		down = placed->window.height / placed->scaled.height;
		if (i == 0 || across < shrink)
			shrink = across;
		if (down < shrink)
			shrink = down;
	}
	return shrink;
}

/* All renditions of a picture on their way. Starts at zero. */
struct rendering {
	struct raster raster;
	struct pyramid pyramids[PIXELS_PLANES];
	struct light *light; /* if they are linear */
	struct color *color;
	struct metadata kept;
	struct original original;
	struct placement *placements;
	struct render *renders;
	size_t count;
};

/* Make room for the rows that come next, where nobody needs earlier ones any more. */
static int make_room(struct rendering *rendering, struct error *err)
{
	const struct raster *raster = &rendering->raster;
	int planes = pixels_planes(raster->kind);

	for (int p = 0; p < planes; p++)
		pyramid_need_nothing(&rendering->pyramids[p]);
	for (size_t i = 0; i < rendering->count; i++)
		render_need(&rendering->renders[i]);
	for (int p = 0; p < planes; p++)
		if (pyramid_reserve(&rendering->pyramids[p], raster->plane[p].rows, err))
			return -1;
	return 0;
}

static int is_complete(const struct rendering *rendering)
{
	const struct raster *raster = &rendering->raster;

	for (int p = 0; p < pixels_planes(raster->kind); p++)
		if (rendering->pyramids[p].level[0].rows.end < raster->plane[p].size.height)
			return 0;
	return 1;
}

/* Decode rows, and hand them to every render. */
static int pump(struct image *image, struct rendering *rendering, struct error *err)
{
	struct rows *rows[PIXELS_PLANES];

	for (int p = 0; p < PIXELS_PLANES; p++)
		rows[p] = &rendering->pyramids[p].level[0].rows;
	while (!is_complete(rendering)) {
		if (make_room(rendering, err))
			return -1;
		if (image->decoder->read(image->decoding, rows, err))
			return -1;
		for (int p = 0; p < pixels_planes(rendering->raster.kind); p++)
			pyramid_push(&rendering->pyramids[p]);
		for (size_t i = 0; i < rendering->count; i++)
			if (render_take(&rendering->renders[i], err))
				return -1;
	}
	return image->decoder->finish(image->decoding, err);
}

static void start_pyramids(struct rendering *rendering)
{
	const struct raster *raster = &rendering->raster;

	for (int p = 0; p < pixels_planes(raster->kind); p++) {
		const struct raster_plane *plane = &raster->plane[p];

		pyramid_init(&rendering->pyramids[p], pixels_channels(raster->kind),
			pixels_have_alpha(raster->kind), plane->size, plane->scale_x,
			plane->scale_y, plane->row_bytes);
	}
}

/* Colours are brought to sRGB when they are made light; else late, when there are few. */
static int start_colors(struct rendering *rendering, const struct color_space *space, bool linear,
	struct error *err)
{
	const struct raster *raster = &rendering->raster;
	static const struct color_space srgb;

	rendering->original.kind = raster->kind;
	if (linear) {
		rendering->light = light_new(space, raster->kind, raster->plane[0].size.width, err);
		if (!rendering->light)
			return -1;
		pyramid_light(&rendering->pyramids[0], rendering->light);
		rendering->original.kind = light_kind(rendering->light);
		space = &srgb;
	}
	rendering->color = color_new(space, rendering->original.kind);
	rendering->original.color = rendering->color;
	return 0;
}

static bool is_linear(const struct image_output *outputs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (outputs[i].rendition->linear)
			return true;
	return false;
}

static int start_rendering(struct image *image, struct rendering *rendering,
	struct image_output *outputs, size_t count, struct error *err)
{
	struct picture *picture = &image->picture;
	struct wanted wanted = {.pixels = is_linear(outputs, count)};

	rendering->placements = memory_new(count, sizeof(*rendering->placements));
	rendering->renders = memory_new(count, sizeof(*rendering->renders));
	rendering->count = count;
	wanted.shrink = place(&picture->info, outputs, count, rendering->placements);
	if (image->decoder->start(image->decoding, &wanted, &rendering->raster, err))
		return -1;
	start_pyramids(rendering);
	rendering->original.size = picture->info.size;
	rendering->original.orientation = picture->info.orientation;
	rendering->original.pyramids = rendering->pyramids;
	rendering->original.metadata = &rendering->kept;
	if (start_colors(rendering, &picture->space, wanted.pixels, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (render_init(&rendering->renders[i], &outputs[i], &rendering->placements[i],
			    &rendering->original, err))
			return -1;
	return 0;
}

static void release_rendering(struct rendering *rendering)
{
	for (size_t i = 0; i < rendering->count; i++)
		render_release(&rendering->renders[i]);
	for (int p = 0; p < PIXELS_PLANES; p++)
		pyramid_release(&rendering->pyramids[p]);
	light_free(rendering->light);
	color_free(rendering->color);
	metadata_release(&rendering->kept);
	free(rendering->renders);
	free(rendering->placements);
}

int image_render(struct image *image, struct image_output *outputs, size_t count,
	enum image_keep keep, struct error *err)
{
	struct rendering rendering = {0};
	int rc = -1;

	metadata_keep(&rendering.kept, &image->picture.metadata, keep);
	if (start_rendering(image, &rendering, outputs, count, err))
		goto out;
	if (pump(image, &rendering, err)) {
		look_for_damage(image, err);
		goto out;
	}
	for (size_t i = 0; i < count; i++)
		if (render_finish(&rendering.renders[i], err))
			goto out;
	rc = 0;
out:
	release_rendering(&rendering);
	return rc;
}

int image_measure(struct image *image, struct image_quality *quality, struct error *err)
{
	const struct image_info *info = &image->picture.info;

	quality->jpeg_quality = info->jpeg_quality;
	if (measure_picture(image->decoder, image->decoding, info->size, quality, err) == 0)
		return 0;
	look_for_damage(image, err);
	return -1;
}

int image_pixels(struct image *image, struct size box, struct pixels *pixels, struct error *err)
{
	static const struct rendition whole = {.fit = FIT_INSIDE,
		.format = IMAGE_RAW,
		.kernel = KERNEL_LINEAR,
		.background = {255, 255, 255}};
	struct rendition rendition = whole;
	struct buffer rows = {0};
	struct stream out = {0};
	struct image_output output = {.rendition = &rendition, .out = &out};
	int rc;

	rendition.box = box;
	stream_to_buffer(&out, &rows);
	rc = image_render(image, &output, 1, KEEP_NONE, err);
	stream_close(&out);
	if (rc)
		buffer_release(&rows);
	else
		*pixels = (struct pixels){.kind = PIXELS_RGB,
			.size = output.size,
			.stride = 3 * (size_t)output.size.width,
			.bytes = (unsigned char *)rows.bytes};
	return rc;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	if (image->decoder)
		image->decoder->close(image->decoding);
	metadata_release(&image->picture.metadata);
	buffer_release(&image->picture.space.profile);
	source_release(&image->source);
	free(image);
}
