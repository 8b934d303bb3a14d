#include "pixel/resample.h"

#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"
#include "pixel/pyramid.h"
#include "pixel/rows.h"
#include "pixel/scale.h"
#include "pixel/simd.h"

/* Hand the pyramid the next row of `from`. */
static int push_row(struct pyramid *pyramid, const struct scale *scale, int y,
	const struct pixels *from, struct error *err)
{
	struct rows *rows = &pyramid->level[0].rows;

	pyramid_need_nothing(pyramid);
	scale_need(scale, y);
	if (pyramid_reserve(pyramid, 1, err))
		return -1;
	memcpy(rows_at(rows, rows->end), pixels_row(from, rows->end), from->stride);
	rows->end++;
	pyramid_push(pyramid);
	return 0;
}

int resample(const struct pixels *from, const struct window *window, enum kernel kernel,
	struct pixels *to, struct error *err)
{
	struct kernel_table table;
	const struct scale_plan plan = {.window = *window, .to = to->size, .kernel = &table};
	struct pyramid pyramid = {0};
	struct scale *scale = NULL;
	unsigned char *row = pixels_room(to->stride + SIMD_SLACK, 1, err);
	int rc = -1;

	kernel_init(&table, kernel);
	pyramid_init(&pyramid, pixels_channels(from->kind), pixels_have_alpha(from->kind),
		from->size, 1, 1, from->stride);
	if (row)
		scale = scale_new(&pyramid, &plan, err);
	if (!scale)
		goto out;
	for (int y = 0; y < to->size.height; y++) {
		while (!scale_ready(scale, y))
			if (push_row(&pyramid, scale, y, from, err))
				goto out;
		scale_row(scale, y, row);
		memcpy(pixels_row(to, y), row, to->stride);
	}
	rc = 0;
out:
	scale_free(scale);
	pyramid_release(&pyramid);
	free(row);
	return rc;
}
