#include "image/image.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/codec.h"
#include "image/measure.h"
#include "image/orient.h"
#include "image/pyramid.h"
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

struct image *image_open(struct stream *in, const struct image_limits *limits, struct error *err)
{
	struct image *image = memory_new(1, sizeof(*image));
	struct picture *picture = &image->picture;

	source_init(&image->source, in);
	if (choose_decoder(image, err))
		goto fail;
	image->decoding = image->decoder->open(&image->source, limits, picture, err);
	if (!image->decoding)
		goto fail;
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

/* Make room for the rows that come next, where nobody needs earlier ones any more. */
static int make_room(const struct raster *raster, struct pyramid *pyramids,
	const struct render *renders, size_t count, struct error *err)
{
	int planes = pixels_planes(raster->kind);

	for (int p = 0; p < planes; p++)
		pyramid_need_nothing(&pyramids[p]);
	for (size_t i = 0; i < count; i++)
		render_need(&renders[i]);
	for (int p = 0; p < planes; p++)
		if (pyramid_reserve(&pyramids[p], raster->plane[p].rows, err))
			return -1;
	return 0;
}

static int is_complete(const struct raster *raster, const struct pyramid *pyramids)
{
	for (int p = 0; p < pixels_planes(raster->kind); p++)
		if (pyramids[p].level[0].rows.end < raster->plane[p].size.height)
			return 0;
	return 1;
}

/* Decode rows, and hand them to every render. */
static int pump(struct image *image, const struct raster *raster, struct pyramid *pyramids,
	struct render *renders, size_t count, struct error *err)
{
	struct rows *rows[PIXELS_PLANES];

	for (int p = 0; p < PIXELS_PLANES; p++)
		rows[p] = &pyramids[p].level[0].rows;
	while (!is_complete(raster, pyramids)) {
		if (make_room(raster, pyramids, renders, count, err))
			return -1;
		if (image->decoder->read(image->decoding, rows, err))
			return -1;
		for (int p = 0; p < pixels_planes(raster->kind); p++)
			pyramid_push(&pyramids[p]);
		for (size_t i = 0; i < count; i++)
			if (render_take(&renders[i], err))
				return -1;
	}
	return image->decoder->finish(image->decoding, err);
}

static int render_all(struct image *image, const struct raster *raster,
	struct image_output *outputs, size_t count, const struct placement *placements,
	struct render *renders, const struct original *original, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (render_init(&renders[i], &outputs[i], &placements[i], original, err))
			return -1;
	if (pump(image, raster, original->pyramids, renders, count, err))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (render_finish(&renders[i], err))
			return -1;
	return 0;
}

static void start_pyramids(const struct raster *raster, struct pyramid *pyramids)
{
	for (int p = 0; p < pixels_planes(raster->kind); p++) {
		const struct raster_plane *plane = &raster->plane[p];

		pyramid_init(&pyramids[p], pixels_channels(raster->kind),
			pixels_have_alpha(raster->kind), plane->size, plane->scale_x,
			plane->scale_y, plane->row_bytes);
	}
}

int image_render(struct image *image, struct image_output *outputs, size_t count,
	enum image_keep keep, struct error *err)
{
	struct picture *picture = &image->picture;
	struct placement *placements = memory_new(count, sizeof(*placements));
	struct render *renders = memory_new(count, sizeof(*renders));
	struct pyramid pyramids[PIXELS_PLANES] = {{0}};
	struct metadata kept = {0};
	struct color *color = NULL;
	struct raster raster = {0};
	struct original original = {.size = picture->info.size,
		.orientation = picture->info.orientation,
		.pyramids = pyramids,
		.metadata = &kept};
	double shrink = place(&picture->info, outputs, count, placements);
	int rc = -1;

	if (image->decoder->start(image->decoding, shrink, &raster, err))
		goto out;
	start_pyramids(&raster, pyramids);
	metadata_keep(&kept, &picture->metadata, keep);
	original.kind = raster.kind;
	original.color = color = color_new(&picture->space, raster.kind);
	rc = render_all(image, &raster, outputs, count, placements, renders, &original, err);
out:
	for (size_t i = 0; i < count; i++)
		render_release(&renders[i]);
	for (int p = 0; p < PIXELS_PLANES; p++)
		pyramid_release(&pyramids[p]);
	color_free(color);
	metadata_release(&kept);
	free(renders);
	free(placements);
	return rc;
}

int image_measure(struct image *image, struct image_quality *quality, struct error *err)
{
	const struct image_info *info = &image->picture.info;

	quality->jpeg_quality = info->jpeg_quality;
	return measure_picture(image->decoder, image->decoding, info->size, quality, err);
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
