#include "image/render.h"

#include <stdlib.h>

#include "base/error.h"

#include "image/codec.h"
#include "image/orient.h"
#include "image/scale.h"

/* Choose the kind of pixels that are encoded: gray stays gray unless a background has colour. */
static enum pixels_kind choose_kind(
	const struct render *render, enum pixels_kind kind, const unsigned char *background)
{
	const struct placement *placement = &render->placement;
	enum pixels_kind stored = codec_kind(render->codec, kind);
	int margins = placement->canvas.width > placement->scaled.width ||
		placement->canvas.height > placement->scaled.height;
	int flattened = pixels_have_alpha(kind) && !pixels_have_alpha(stored);
	int colored = background[0] != background[1] || background[1] != background[2];

	if ((margins || flattened) && colored)
		stored = pixels_have_alpha(stored) ? PIXELS_RGBA : PIXELS_RGB;
	return stored;
}

static int open_encoder(struct render *render, struct image_output *output,
	const struct original *original, struct error *err)
{
	struct size size = render->placement.canvas;
	struct encoding encoding = {.size = size,
		.kind = render->paint.to,
		.quality = output->rendition->quality,
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

/* The scaler sees the picture as it is stored, and as large as the decoder yields it. */
static struct scale *new_scale(
	const struct render *render, const struct original *original, struct error *err)
{
	const struct raster *raster = original->raster;
	struct window window =
		orient_window(render->placement.window, original->size, render->orientation);
	struct size to = orient_size(render->placement.scaled, render->orientation);

	window.left *= raster->scale_x;
	window.width *= raster->scale_x;
	window.top *= raster->scale_y;
	window.height *= raster->scale_y;
	return scale_new(raster->kind, raster->size, &window, to, err);
}

/* Write `count` rows of background. */
static int write_margin(struct render *render, int count, struct error *err)
{
	paint_background(&render->paint, render->canvas, render->placement.canvas.width);
	for (int y = 0; y < count; y++)
		if (render->codec->encoder->write(render->encoder, render->canvas, err))
			return -1;
	return 0;
}

static int prepare_rows(struct render *render, const struct original *original,
	const struct rendition *rendition, struct error *err)
{
	const struct placement *placement = &render->placement;
	struct size lying = orient_size(placement->scaled, render->orientation);
	enum pixels_kind from = original->raster->kind;
	enum pixels_kind to = choose_kind(render, color_kind(from), rendition->background);

	if (paint_init(&render->paint, original->color, from, to, rendition->background,
		    lying.width, err))
		return -1;
	render->scaled = pixels_room((size_t)lying.width, 4, err);
	render->canvas = pixels_room((size_t)placement->canvas.width, 4, err);
	if (!render->scaled || !render->canvas)
		return -1;
	if (render->orientation != 1)
		return pixels_init(&render->lying, to, lying, err);
	return 0;
}

int render_init(struct render *render, struct image_output *output,
	const struct placement *placement, const struct original *original, struct error *err)
{
	render->codec = codec_of(output->rendition->format);
	render->placement = *placement;
	render->orientation = original->orientation;
	if (check_size(render, err))
		return -1;
	render->scale = new_scale(render, original, err);
	if (!render->scale)
		return -1;
	if (prepare_rows(render, original, output->rendition, err))
		return -1;
	if (open_encoder(render, output, original, err))
		return -1;
	return write_margin(render, placement->top, err);
}

/* Return where on the canvas's row the picture starts. */
static unsigned char *middle(const struct render *render)
{
	return render->canvas +
		(size_t)render->placement.left * (size_t)pixels_channels(render->paint.to);
}

static int write_canvas(struct render *render, struct error *err)
{
	return render->codec->encoder->write(render->encoder, render->canvas, err);
}

int render_push(struct render *render, const unsigned char *row, struct error *err)
{
	struct pixels *lying = &render->lying;
	const struct paint *paint = &render->paint;

	scale_push(render->scale, row);
	while (scale_pull(render->scale, render->scaled)) {
		if (lying->bytes) {
			paint_row(paint, render->scaled, pixels_row(lying, render->lying_rows++),
				lying->size.width);
			continue;
		}
		paint_row(paint, render->scaled, middle(render), render->placement.scaled.width);
		if (write_canvas(render, err))
			return -1;
	}
	return 0;
}

int render_finish(struct render *render, struct error *err)
{
	const struct placement *placement = &render->placement;
	int below = placement->canvas.height - placement->top - placement->scaled.height;

	for (int y = 0; render->lying.bytes && y < placement->scaled.height; y++) {
		orient_row(&render->lying, render->orientation, y, middle(render));
		if (write_canvas(render, err))
			return -1;
	}
	if (write_margin(render, below, err))
		return -1;
	return render->codec->encoder->finish(render->encoder, err);
}

void render_release(struct render *render)
{
	if (render->codec)
		render->codec->encoder->close(render->encoder);
	scale_free(render->scale);
	paint_release(&render->paint);
	pixels_release(&render->lying);
	free(render->scaled);
	free(render->canvas);
	*render = (struct render){0};
}
