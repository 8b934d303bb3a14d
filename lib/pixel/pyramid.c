#include "pixel/pyramid.h"

#include <limits.h>
#include <string.h>

#include "pixel/light.h"
#include "pixel/simd.h"

static int half(int side)
{
	return (side + 1) / 2;
}

/* What is there of the last of the cells of two that `side` samples make. */
static double half_last(int side, double last)
{
	return side % 2 ? last / 2 : (1 + last) / 2;
}

static void init_half(
	struct pyramid_level *level, const struct pyramid_level *from, size_t pixel_bytes)
{
	level->size = (struct size){half(from->size.width), half(from->size.height)};
	level->scale_x = from->scale_x / 2;
	level->scale_y = from->scale_y / 2;
	level->last_x = half_last(from->size.width, from->last_x);
	level->last_y = half_last(from->size.height, from->last_y);
	rows_init(&level->rows, (size_t)level->size.width * pixel_bytes);
}

/* Start on the levels that are not there yet. */
static void init_smaller(struct pyramid *pyramid, size_t pixel_bytes)
{
	for (; pyramid->levels < PYRAMID_LEVELS; pyramid->levels++) {
		struct pyramid_level *level = &pyramid->level[pyramid->levels];

		init_half(level, level - 1, pixel_bytes);
	}
}

void pyramid_init(struct pyramid *pyramid, int channels, int has_alpha, struct size size,
	double scale_x, double scale_y, size_t row_bytes)
{
	struct pyramid_level *level = pyramid->level;

	*pyramid = (struct pyramid){.channels = channels, .weighed = has_alpha};
	level[0] = (struct pyramid_level){
		.size = size, .scale_x = scale_x, .scale_y = scale_y, .last_x = 1, .last_y = 1};
	rows_init(&level[0].rows, row_bytes);
	pyramid->levels = 1;
	if (has_alpha)
		level[pyramid->levels++] = level[0];
	init_smaller(pyramid, (size_t)channels);
	level[0].used = 1;
}

void pyramid_light(struct pyramid *pyramid, const struct light *light)
{
	struct pyramid_level *level = pyramid->level;
	size_t pixel_bytes;

	pyramid->light = light;
	pyramid->levels = 2;
	pyramid->channels = pixels_channels(light_kind(light));
	pixel_bytes = (size_t)pyramid->channels * sizeof(float);
	level[1] = level[0];
	level[1].used = 0;
	rows_init(&level[1].rows, (size_t)level[1].size.width * pixel_bytes);
	init_smaller(pyramid, pixel_bytes);
}

/* Return whether level 1 is as large as level 0. */
static int is_formed(const struct pyramid *pyramid)
{
	return pyramid->weighed || pyramid->light;
}

int pyramid_choose(const struct pyramid *pyramid, double across, double down)
{
	int n = is_formed(pyramid);

	while (n + 1 < pyramid->levels &&
		across * pyramid->level[n + 1].scale_x >= PYRAMID_ENOUGH &&
		down * pyramid->level[n + 1].scale_y >= PYRAMID_ENOUGH)
		n++;
	return n;
}

void pyramid_use(struct pyramid *pyramid, int level)
{
	while (!pyramid->level[level].used)
		pyramid->level[level--].used = 1;
}

void pyramid_need_nothing(struct pyramid *pyramid)
{
	for (int n = 0; n < pyramid->levels; n++)
		pyramid->level[n].keep = INT_MAX;
}

void pyramid_need(struct pyramid *pyramid, int level, int row)
{
	if (row < pyramid->level[level].keep)
		pyramid->level[level].keep = row;
}

/* Return which rows of the level before make up row `y` of level `n`. */
static int made_of(const struct pyramid *pyramid, int n, int y)
{
	return is_formed(pyramid) && n == 1 ? y : 2 * y;
}

int pyramid_reserve(struct pyramid *pyramid, int more, struct error *err)
{
	for (int n = 0; n < pyramid->levels && pyramid->level[n].used; n++) {
		struct pyramid_level *level = &pyramid->level[n];

		if (n + 1 < pyramid->levels && level[1].used)
			pyramid_need(pyramid, n, made_of(pyramid, n + 1, level[1].rows.end));
		if (rows_reserve(&level->rows, level->keep, more, err))
			return -1;
		if (!is_formed(pyramid) || n > 0)
			more = more / 2 + 1;
	}
	return 0;
}

/* Make row `y` of a level of two rows of the level before it, of which the second may be missing.
 */
static void make_half(const struct pyramid *pyramid, struct pyramid_level *level,
	const struct pyramid_level *from, int y)
{
	size_t pixel = (size_t)pyramid->channels * (pyramid->light ? sizeof(float) : 1);
	size_t width = (size_t)from->size.width * pixel, pixels = (size_t)level->size.width;
	unsigned char *upper = rows_at(&from->rows, 2 * y), *lower = upper;
	unsigned char *row = rows_at(&level->rows, y);

	if (2 * y + 1 < from->size.height)
		lower = rows_at(&from->rows, 2 * y + 1);
	/* where a column is missing, the last one stands in */
	memcpy(upper + width, upper + width - pixel, pixel);
	memcpy(lower + width, lower + width - pixel, pixel);
	if (pyramid->light)
		light_halve(rows_floats(upper), rows_floats(lower), rows_floats(row), pixels,
			pyramid->channels);
	else
		simd_best()->halve(upper, lower, row, pixels, pyramid->channels);
}

/* Make a row of level 1 that is as large as level 0. */
static void form_row(const struct pyramid *pyramid, const unsigned char *from, unsigned char *row)
{
	int width = pyramid->level[1].size.width;

	if (pyramid->light)
		light_of_row(pyramid->light, from, rows_floats(row), width);
	else
		simd_best()->weigh(from, row, (size_t)width, pyramid->channels);
}

static void make_level(struct pyramid *pyramid, int n)
{
	struct pyramid_level *level = &pyramid->level[n], *from = level - 1;
	struct rows *rows = &level->rows;

	if (is_formed(pyramid) && n == 1) {
		for (; rows->end < from->rows.end; rows->end++)
			form_row(
				pyramid, rows_at(&from->rows, rows->end), rows_at(rows, rows->end));
		return;
	}
	while (rows->end < level->size.height &&
		(2 * rows->end + 1 < from->rows.end || from->rows.end == from->size.height))
		make_half(pyramid, level, from, rows->end++);
}

void pyramid_push(struct pyramid *pyramid)
{
	for (int n = 1; n < pyramid->levels && pyramid->level[n].used; n++)
		make_level(pyramid, n);
}

void pyramid_release(struct pyramid *pyramid)
{
	for (int n = 0; n < pyramid->levels; n++)
		rows_release(&pyramid->level[n].rows);
	*pyramid = (struct pyramid){0};
}
