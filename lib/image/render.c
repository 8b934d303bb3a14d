#include "image/render.h"

#include <stdlib.h>

#include "base/error.h"

#include "pixel/kernel.h"
#include "pixel/orient.h"
#include "pixel/pyramid.h"
#include "pixel/scale.h"
#include "pixel/simd.h"
#include "pixel/ycc.h"

static int has_margins(const struct render *render)
{
	const struct placement *placement = &render->placement;

	return placement->canvas.width > placement->scaled.width ||
		placement->canvas.height > placement->scaled.height;
}

/* Return whether rows are encoded as pixels, each painted on a canvas, and not as planes. */
static int is_painted(const struct render *render)
{
	return pixels_planes(render->to) == 1;
}

/* Choose the kind that is encoded: planes where nothing has to be done to their colours; gray stays
 * gray unless a background has colour. */
static enum pixels_kind choose_kind(const struct render *render, const struct original *original,
	const unsigned char *background)
{
	const struct codec *codec = render->codec;
	enum pixels_kind kind = color_kind(original->kind), stored = codec_kind(codec, kind);
	int flattened = pixels_have_alpha(kind) && !pixels_have_alpha(stored);
	int colored = background[0] != background[1] || background[1] != background[2];

	if (codec->has_planes && pixels_planes(original->kind) > 1 && !has_margins(render) &&
		color_is_srgb(original->color))
		return codec->planes;
	if ((has_margins(render) || flattened) && colored)
		stored = pixels_have_alpha(stored) ? PIXELS_RGBA : PIXELS_RGB;
	return stored;
}

/* Return how many samples a plane has where the picture has `pixels`. */
static int plane_side(const struct render *render, int plane, int pixels)
{
	return plane > 0 && !render->full_chroma ? (pixels + 1) / 2 : pixels;
}

/* The scaler sees the picture as it is stored. A sample of halved chroma stands for two pixels of
 * the upright picture, of which the last may be missing. */
static int start_scaling(struct render *render, const struct original *original,
	const struct kernel_table *kernel, struct error *err)
{
	const struct placement *placement = &render->placement;

	for (int p = 0; p < render->planes; p++) {
		int factor = p > 0 && !render->full_chroma ? 2 : 1;
		struct size to = {plane_side(render, p, placement->scaled.width),
			plane_side(render, p, placement->scaled.height)};
		struct window window = placement->window;
		struct scale_plan plan = {.kernel = kernel};

		window.width *= (double)factor * to.width / placement->scaled.width;
		window.height *= (double)factor * to.height / placement->scaled.height;
		plan.window = orient_window(window, original->size, render->orientation);
		plan.to = render->size[p] = orient_size(to, render->orientation);
		render->scale[p] = scale_new(&original->pyramids[p], &plan, err);
		if (!render->scale[p])
			return -1;
	}
	return 0;
}

static int strip_room(
	struct strip *strip, int plane, int rows, int width, int channels, struct error *err)
{
	strip->stride[plane] = (size_t)width * (size_t)channels + SIMD_SLACK;
	strip->plane[plane] = pixels_room((size_t)rows, strip->stride[plane], err);
	return strip->plane[plane] ? 0 : -1;
}

static int prepare_planes(struct render *render, struct error *err)
{
	for (int p = 0; p < render->planes; p++)
		if (strip_room(&render->strip, p, STRIP_ROWS,
			    plane_side(render, p, render->placement.canvas.width), 1, err))
			return -1;
	return 0;
}

static int prepare_painting(struct render *render, const struct original *original,
	const unsigned char *background, struct error *err)
{
	int width = render->size[0].width;

	if (paint_init(&render->paint, original->color, render->from, render->to, background, width,
		    err))
		return -1;
	for (int p = 0; p < render->planes; p++)
		if (strip_room(&render->scaled, p, 1, width, pixels_channels(render->from), err))
			return -1;
	return strip_room(&render->strip, 0, 1, render->placement.canvas.width, 4, err);
}

/* A picture that is to be turned is held: its planes, or its pixels once painted. */
static int prepare_turning(struct render *render, struct error *err)
{
	int planes = is_painted(render) ? 1 : render->planes;
	enum pixels_kind kind = is_painted(render) ? render->to : PIXELS_GRAY;

	for (int p = 0; p < planes && render->orientation != 1; p++)
		if (pixels_init(&render->unturned[p], kind, render->size[p], err))
			return -1;
	return 0;
}

static int open_encoder(struct render *render, struct image_output *output,
	const struct original *original, struct error *err)
{
	struct size size = render->placement.canvas;
	struct encoding encoding = {.size = size,
		.kind = render->to,
		.full_chroma = output->rendition->quality >= render->codec->full_chroma_from,
		.quality = output->rendition->quality,
		.effort = output->rendition->effort,
		.progressive = output->rendition->progressive,
		.metadata = original->metadata};

	render->encoder = render->codec->encoder->open(output->out, &encoding, err);
	if (!render->encoder)
		return -1;
	output->size = size;
	return 0;
}

static int check_size(const struct render *render, struct error *err)
{
	struct size size = render->placement.canvas;
	int longest = render->codec->longest_side;

	if (size.width <= longest && size.height <= longest)
		return 0;
	return error_limit(err, "%dx%d has a side over the limit of %d pixels of %s", size.width,
		size.height, longest, render->codec->name);
}

static int encode(struct render *render, int rows, struct error *err)
{
	render->strip.rows = rows;
	return render->codec->encoder->write(render->encoder, &render->strip, err);
}

/* Write `count` rows of background. */
static int write_margin(struct render *render, int count, struct error *err)
{
	if (!is_painted(render))
		return 0;
	paint_background(&render->paint, render->strip.plane[0], render->placement.canvas.width);
	for (int y = 0; y < count; y++)
		if (encode(render, 1, err))
			return -1;
	return 0;
}

int render_init(struct render *render, struct image_output *output,
	const struct placement *placement, const struct original *original, struct error *err)
{
	const struct rendition *rendition = output->rendition;
	struct kernel_table kernel;

	render->codec = codec_of(rendition->format);
	render->placement = *placement;
	render->orientation = original->orientation;
	render->from = original->kind;
	render->planes = pixels_planes(render->from);
	render->to = choose_kind(render, original, rendition->background);
	render->full_chroma =
		is_painted(render) || rendition->quality >= render->codec->full_chroma_from;
	if (check_size(render, err))
		return -1;
	kernel_init(&kernel, rendition->kernel);
	if (start_scaling(render, original, &kernel, err))
		return -1;
	if (is_painted(render) ? prepare_painting(render, original, rendition->background, err)
			       : prepare_planes(render, err))
		return -1;
	if (prepare_turning(render, err) || open_encoder(render, output, original, err))
		return -1;
	return write_margin(render, placement->top, err);
}

/* Return where on the canvas's row the picture starts. */
static unsigned char *picture_start(const struct render *render)
{
	return render->strip.plane[0] +
		(size_t)render->placement.left * (size_t)pixels_channels(render->to);
}

/* Make a row of pixels. */
static int paint_next(struct render *render, struct error *err)
{
	struct pixels *unturned = &render->unturned[0];
	unsigned char *to = picture_start(render);
	int y = render->rows++;

	for (int p = 0; p < render->planes; p++)
		scale_row(render->scale[p], y, render->scaled.plane[p]);
	if (unturned->bytes)
		to = pixels_row(unturned, y);
	paint_row(&render->paint, render->scaled.plane, to, render->size[0].width);
	return unturned->bytes ? 0 : encode(render, 1, err);
}

/* Make row `y` of a plane at `row`. */
static void make_row(struct render *render, int plane, int y, unsigned char *row)
{
	scale_row(render->scale[plane], y, row);
	ycc_change_levels(render->from, render->to, plane, row, render->size[plane].width);
}

/* Return where the strip that starts at `rows` ends. */
static int strip_end(const struct render *render, int rows)
{
	int height = render->size[0].height;

	return height - rows < STRIP_ROWS ? height : rows + STRIP_ROWS;
}

/* Make a strip of planes. */
static int make_strip(struct render *render, struct error *err)
{
	int from = render->rows, to = strip_end(render, from);

	for (int p = 0; p < render->planes; p++) {
		int first = plane_side(render, p, from), end = plane_side(render, p, to);

		for (int y = first; y < end; y++) {
			unsigned char *row = render->strip.plane[p] +
				(size_t)(y - first) * render->strip.stride[p];

			if (render->unturned[p].bytes)
				row = pixels_row(&render->unturned[p], y);
			make_row(render, p, y, row);
		}
	}
	render->rows = to;
	return render->unturned[0].bytes ? 0 : encode(render, to - from, err);
}

/* Return whether the rows up to `end` of the first plane, and their chroma, can be made. */
static int is_ready(const struct render *render, int end)
{
	for (int p = 0; p < render->planes; p++)
		if (!scale_ready(render->scale[p], plane_side(render, p, end) - 1))
			return 0;
	return 1;
}

void render_need(const struct render *render)
{
	for (int p = 0; p < render->planes; p++)
		if (render->rows < render->size[0].height)
			scale_need(render->scale[p], plane_side(render, p, render->rows));
}

int render_take(struct render *render, struct error *err)
{
	while (render->rows < render->size[0].height) {
		if (is_painted(render)) {
			if (!is_ready(render, render->rows + 1))
				break;
			if (paint_next(render, err))
				return -1;
		} else {
			if (!is_ready(render, strip_end(render, render->rows)))
				break;
			if (make_strip(render, err))
				return -1;
		}
	}
	return 0;
}

/* Turn the held picture upright, a strip at a time. */
static int write_turned(struct render *render, struct error *err)
{
	int height = render->placement.scaled.height, most = is_painted(render) ? 1 : STRIP_ROWS;

	for (int y = 0; y < height; y += most) {
		int end = height - y < most ? height : y + most;

		for (int p = 0; p < PIXELS_PLANES && render->unturned[p].bytes; p++) {
			int first = plane_side(render, p, y);

			orient_rows(&render->unturned[p], render->orientation, first,
				plane_side(render, p, end) - first,
				is_painted(render) ? picture_start(render) : render->strip.plane[p],
				render->strip.stride[p]);
		}
		if (encode(render, end - y, err))
			return -1;
	}
	return 0;
}

int render_finish(struct render *render, struct error *err)
{
	const struct placement *placement = &render->placement;
	int below = placement->canvas.height - placement->top - placement->scaled.height;

	if (render->unturned[0].bytes && write_turned(render, err))
		return -1;
	if (write_margin(render, below, err))
		return -1;
	return render->codec->encoder->finish(render->encoder, err);
}

void render_release(struct render *render)
{
	if (render->codec)
		render->codec->encoder->close(render->encoder);
	paint_release(&render->paint);
	for (int p = 0; p < PIXELS_PLANES; p++) {
		scale_free(render->scale[p]);
		pixels_release(&render->unturned[p]);
		free(render->strip.plane[p]);
		free(render->scaled.plane[p]);
	}
	*render = (struct render){0};
}
