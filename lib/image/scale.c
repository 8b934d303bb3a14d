#include "image/scale.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#include "image/alpha.h"
#include "image/average.h"
#include "image/lanczos.h"

/* Between the two passes samples keep this many bits of fraction: an int16_t then has room for
 * twice of 255, more than the kernel's overshoot. */
#define LINE_BITS 6

/* Samples worked on at a time, so that their sums stay in registers or nearby. */
#define BLOCK 64

struct scale {
	enum pixels_kind kind;
	int weighed; /* colours are multiplied by alpha on the way */
	struct average average;
	struct lanczos across, down;
	int left, columns;   /* what of a row the result needs */
	unsigned char *full; /* a whole row, its colours multiplied by alpha */
	unsigned char *ring; /* the last rows needed */
	size_t stride;
	int ring_rows;
	int16_t *line; /* a row of the result's height and the source's width */
	int pushed, pulled;
};

/* The line that is left of `samples` when each `by` of them were averaged. */
static struct lanczos_line averaged(int samples, int by, double start, double length)
{
	int cells = (samples - 1) / by + 1;
	double last = (double)(samples - (cells - 1) * by) / by;

	return (struct lanczos_line){cells, last, start / by, length / by};
}

static int prepare_filters(struct scale *scale, struct size from, const struct window *window,
	struct size to, struct error *err)
{
	int by_x = average_before(window->width / to.width);
	int by_y = average_before(window->height / to.height);
	int channels = pixels_channels(scale->kind);
	struct lanczos_line row = averaged(from.width, by_x, window->left, window->width);
	struct lanczos_line column = averaged(from.height, by_y, window->top, window->height);

	if (average_init(&scale->average, from, by_x, by_y, channels, err))
		return -1;
	if (lanczos_init(&scale->across, &row, to.width, err))
		return -1;
	return lanczos_init(&scale->down, &column, to.height, err);
}

/* The samples at hand are those that the outermost samples of the result look at. */
static void narrow(struct scale *scale)
{
	const struct lanczos *across = &scale->across;
	int right = 0;

	scale->left = across->first[0];
	for (int i = 0; i < across->samples; i++)
		if (across->first[i] + across->count[i] > right)
			right = across->first[i] + across->count[i];
	scale->columns = right - scale->left;
}

static int prepare_rows(struct scale *scale, struct size from, struct error *err)
{
	size_t channels = (size_t)pixels_channels(scale->kind);
	size_t samples = (size_t)scale->columns * channels;

	/* whole blocks, so that the work on them needs no remainder */
	scale->stride = (samples + BLOCK - 1) / BLOCK * BLOCK;
	scale->ring_rows = scale->down.most;
	scale->ring = pixels_room((size_t)scale->ring_rows, scale->stride, err);
	scale->line = pixels_room(scale->stride, sizeof(*scale->line), err);
	if (!scale->ring || !scale->line)
		return -1;
	if (scale->weighed) {
		scale->full = pixels_room((size_t)from.width, channels, err);
		if (!scale->full)
			return -1;
	}
	return 0;
}

struct scale *scale_new(enum pixels_kind kind, struct size from, const struct window *window,
	struct size to, struct error *err)
{
	struct scale *scale = memory_new(1, sizeof(*scale));

	scale->kind = kind;
	if (prepare_filters(scale, from, window, to, err))
		goto fail;
	scale->weighed = pixels_have_alpha(kind) &&
		!(lanczos_is_copy(&scale->across) && lanczos_is_copy(&scale->down));
	narrow(scale);
	if (prepare_rows(scale, from, err))
		goto fail;
	return scale;
fail:
	scale_free(scale);
	return NULL;
}

static unsigned char *ring_row(const struct scale *scale, int row)
{
	return scale->ring + (size_t)(row % scale->ring_rows) * scale->stride;
}

void scale_push(struct scale *scale, const unsigned char *row)
{
	size_t channels = (size_t)pixels_channels(scale->kind);
	unsigned char *kept = ring_row(scale, scale->pushed);

	if (scale->weighed) {
		alpha_multiply(scale->kind, row, scale->full, scale->average.from.width);
		row = scale->full;
	}
	if (!scale->average.sums) {
		memcpy(kept, row + (size_t)scale->left * channels,
			(size_t)scale->columns * channels);
	} else if (average_add(&scale->average, row)) {
		average_take(&scale->average, scale->left, scale->columns, kept);
	} else {
		return;
	}
	scale->pushed++;
}

/* Make one line of the `count` rows from `first` on, each weighed. */
static void scale_down(struct scale *scale, int first, int count, const int16_t *weights)
{
	for (size_t x = 0; x < scale->stride; x += BLOCK) {
		int32_t sums[BLOCK];

		for (int i = 0; i < BLOCK; i++)
			sums[i] = 1 << (LANCZOS_BITS - LINE_BITS - 1);
		for (int k = 0; k < count; k++) {
			const unsigned char *row = ring_row(scale, first + k) + x;
			int32_t weight = weights[k];

			for (int i = 0; i < BLOCK; i++)
				sums[i] += weight * row[i];
		}
		for (int i = 0; i < BLOCK; i++)
			scale->line[x + (size_t)i] =
				(int16_t)(sums[i] >> (LANCZOS_BITS - LINE_BITS));
	}
}

static unsigned char to_byte(int32_t value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* Finish a pixel: the sums carry the fraction of both passes, the rounding already in them. */
static inline void finish(const int32_t *sums, unsigned char *pixel, int channels)
{
	for (int c = 0; c < channels; c++)
		pixel[c] = to_byte(sums[c] >> (LANCZOS_BITS + LINE_BITS));
}

/* The same where colours are multiplied by alpha: they are divided by it before anything is cut
 * off, since the kernel's overshoot is in both. */
static inline void finish_weighed(const int32_t *sums, unsigned char *pixel, int channels)
{
	int32_t alpha = sums[channels - 1];

	pixel[channels - 1] = to_byte(alpha >> (LANCZOS_BITS + LINE_BITS));
	for (int c = 0; c < channels - 1; c++) {
		float color = pixel[channels - 1] ? 255.0f * (float)sums[c] / (float)alpha : 0;

		pixel[c] = to_byte((int32_t)(color + 0.5f));
	}
}

/* Make a row of the result from the line. `channels` and `weighed` are constants where this is
 * called. */
static inline void scale_across(
	const struct scale *scale, unsigned char *row, int channels, int weighed)
{
	const struct lanczos *across = &scale->across;

	for (int x = 0; x < across->samples; x++, row += channels) {
		const int16_t *line = scale->line + (across->first[x] - scale->left) * channels;
		const int16_t *weights = across->weights + (size_t)x * across->stride;
		int32_t sums[4];

		for (int c = 0; c < channels; c++)
			sums[c] = 1 << (LANCZOS_BITS + LINE_BITS - 1);
		for (int k = 0; k < across->count[x]; k++, line += channels)
			for (int c = 0; c < channels; c++)
				sums[c] += weights[k] * line[c];
		if (weighed)
			finish_weighed(sums, row, channels);
		else
			finish(sums, row, channels);
	}
}

static void scale_row(const struct scale *scale, unsigned char *row)
{
	int channels = pixels_channels(scale->kind);

	if (channels == 1)
		scale_across(scale, row, 1, 0);
	else if (channels == 2 && scale->weighed)
		scale_across(scale, row, 2, 1);
	else if (channels == 2)
		scale_across(scale, row, 2, 0);
	else if (channels == 3)
		scale_across(scale, row, 3, 0);
	else if (scale->weighed)
		scale_across(scale, row, 4, 1);
	else
		scale_across(scale, row, 4, 0);
}

int scale_pull(struct scale *scale, unsigned char *row)
{
	const struct lanczos *down = &scale->down;
	int y = scale->pulled;

	if (y == down->samples || scale->pushed < down->first[y] + down->count[y])
		return 0;
	scale_down(scale, down->first[y], down->count[y], down->weights + (size_t)y * down->stride);
	scale_row(scale, row);
	scale->pulled++;
	return 1;
}

void scale_free(struct scale *scale)
{
	if (!scale)
		return;
	average_release(&scale->average);
	lanczos_release(&scale->across);
	lanczos_release(&scale->down);
	free(scale->full);
	free(scale->ring);
	free(scale->line);
	free(scale);
}
