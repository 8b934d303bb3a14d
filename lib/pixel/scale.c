#include "pixel/scale.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#include "pixel/light.h"
#include "pixel/pixels.h"
#include "pixel/pyramid.h"
#include "pixel/simd.h"
#include "pixel/taps.h"

struct scale {
	struct pyramid *pyramid;
	int level;
	int copied; /* nothing is scaled */
	struct taps across, down;
	int left, columns; /* what of a row the result needs */
	const unsigned char **rows;
	/* a row of the result's height and the source's width */
	int16_t *line;
	const float **lit_rows;
	float *lit_line;
};

static int prepare_taps(
	struct scale *scale, int n, const struct scale_plan *plan, struct error *err)
{
	const struct pyramid_level *level = &scale->pyramid->level[n];
	const struct window *window = &plan->window;
	struct taps_line row = {level->size.width, level->last_x, window->left * level->scale_x,
		window->width * level->scale_x};
	struct taps_line column = {level->size.height, level->last_y, window->top * level->scale_y,
		window->height * level->scale_y};

	scale->level = n;
	if (taps_init(&scale->across, plan->kernel, &row, plan->to.width, err))
		return -1;
	return taps_init(&scale->down, plan->kernel, &column, plan->to.height, err);
}

/* The samples at hand are those that the outermost samples of the result look at. */
static void narrow(struct scale *scale)
{
	const struct taps *across = &scale->across;
	int right = 0;

	scale->left = across->first[0];
	for (int i = 0; i < across->samples; i++)
		if (across->first[i] + across->count[i] > right)
			right = across->first[i] + across->count[i];
	scale->columns = right - scale->left;
}

static int prepare_rows(struct scale *scale, struct error *err)
{
	size_t samples = (size_t)scale->columns * (size_t)scale->pyramid->channels;
	size_t rows = (size_t)scale->down.most + 1;

	if (scale->pyramid->light) {
		scale->lit_line = pixels_room(samples, sizeof(*scale->lit_line), err);
		scale->lit_rows = pixels_room(rows, sizeof(*scale->lit_rows), err);
		return scale->lit_line && scale->lit_rows ? 0 : -1;
	}
	scale->line = pixels_room(samples + SIMD_SLACK, sizeof(*scale->line), err);
	scale->rows = pixels_room(rows, sizeof(*scale->rows), err);
	return scale->line && scale->rows ? 0 : -1;
}

struct scale *scale_new(struct pyramid *pyramid, const struct scale_plan *plan, struct error *err)
{
	struct scale *scale = memory_new(1, sizeof(*scale));

	scale->pyramid = pyramid;
	if (prepare_taps(scale,
		    pyramid_choose(pyramid, plan->window.width / plan->to.width,
			    plan->window.height / plan->to.height),
		    plan, err))
		goto fail;
	scale->copied = taps_are_copy(&scale->across) && taps_are_copy(&scale->down);
	if (pyramid->light)
		scale->copied = 0; /* colours are yet to be brought to sRGB */
	if (scale->copied)
		scale->level = 0; /* which weighing by alpha did not touch */
	pyramid_use(pyramid, scale->level);
	narrow(scale);
	if (prepare_rows(scale, err))
		goto fail;
	return scale;
fail:
	scale_free(scale);
	return NULL;
}

void scale_need(const struct scale *scale, int y)
{
	if (y < scale->down.samples)
		pyramid_need(scale->pyramid, scale->level, scale->down.first[y]);
}

int scale_ready(const struct scale *scale, int y)
{
	const struct taps *down = &scale->down;

	return scale->pyramid->level[scale->level].rows.end >= down->first[y] + down->count[y];
}

static void scale_light(struct scale *scale, int y, unsigned char *row)
{
	const struct rows *rows = &scale->pyramid->level[scale->level].rows;
	const struct taps *down = &scale->down;
	int channels = scale->pyramid->channels, count = down->count[y];

	for (int k = 0; k < count; k++)
		scale->lit_rows[k] = rows_floats(rows_at(rows, down->first[y] + k)) +
			(ptrdiff_t)scale->left * channels;
	light_down(scale->lit_rows, down->weights + (size_t)y * down->stride, count,
		scale->lit_line, (size_t)scale->columns * (size_t)channels);
	light_across(scale->pyramid->light, scale->lit_line, scale->left, &scale->across, row);
}

/* Copy what is not scaled. */
static void copy_row(const struct scale *scale, int y, unsigned char *row)
{
	const struct rows *rows = &scale->pyramid->level[scale->level].rows;
	const struct taps *across = &scale->across, *down = &scale->down;
	size_t channels = (size_t)scale->pyramid->channels;
	size_t first = (size_t)(across->first[0] + across->count[0] - 1);

	memcpy(row, rows_at(rows, down->first[y] + down->count[y] - 1) + first * channels,
		(size_t)across->samples * channels);
}

static void scale_bytes(struct scale *scale, int y, unsigned char *row)
{
	const struct simd *simd = simd_best();
	const struct rows *rows = &scale->pyramid->level[scale->level].rows;
	const struct taps *down = &scale->down;
	int channels = scale->pyramid->channels, first = down->first[y], count = down->count[y];
	size_t left = (size_t)scale->left * (size_t)channels;
	size_t samples = (size_t)scale->columns * (size_t)channels;

	for (int k = 0; k < count; k++)
		scale->rows[k] = rows_at(rows, first + k) + left;
	scale->rows[count] = scale->rows[count - 1]; /* whose weight is 0 */
	simd->down(scale->rows, down->weights + (size_t)y * down->stride, (count + 1) & ~1,
		scale->line, samples);
	if (scale->pyramid->weighed)
		simd->across_weighed(scale->line, scale->left, &scale->across, channels, row);
	else
		simd->across(scale->line, scale->left, &scale->across, channels, row);
}

void scale_row(struct scale *scale, int y, unsigned char *row)
{
	if (scale->copied)
		copy_row(scale, y, row);
	else if (scale->pyramid->light)
		scale_light(scale, y, row);
	else
		scale_bytes(scale, y, row);
}

void scale_free(struct scale *scale)
{
	if (!scale)
		return;
	taps_release(&scale->across);
	taps_release(&scale->down);
	free(scale->rows);
	free(scale->line);
	free(scale->lit_rows);
	free(scale->lit_line);
	free(scale);
}
