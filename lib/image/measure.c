#include "image/measure.h"

#include <stdlib.h>

#include "pixel/luma.h"
#include "pixel/pyramid.h"
#include "pixel/rows.h"

#include "image/codec.h"
#include "image/quality.h"

/* The rows at hand, of which nobody needs earlier ones. */
static int read_rows(const struct decoder_ops *decoder, void *decoding, const struct raster *raster,
	struct rows rows[PIXELS_PLANES], struct error *err)
{
	struct rows *const planes[PIXELS_PLANES] = {&rows[0], &rows[1], &rows[2]};

	for (int p = 0; p < pixels_planes(raster->kind); p++)
		if (rows_reserve(&rows[p], rows[p].end, raster->plane[p].rows, err))
			return -1;
	return decoder->read(decoding, planes, err);
}

/* Hand the luma of every row to `quality`. */
static int pump(const struct decoder_ops *decoder, void *decoding, const struct raster *raster,
	struct quality *quality, struct error *err)
{
	struct size size = raster->plane[0].size;
	struct rows rows[PIXELS_PLANES];
	unsigned char *luma = pixels_room((size_t)size.width, 1, err);
	int rc = -1;

	for (int p = 0; p < PIXELS_PLANES; p++)
		rows_init(&rows[p], raster->plane[p].row_bytes);
	for (int y = 0; luma && y < size.height;) {
		if (read_rows(decoder, decoding, raster, rows, err))
			goto out;
		for (; y < rows[0].end; y++) {
			luma_row(raster->kind, rows_at(&rows[0], y), luma, size.width);
			quality_add(quality, luma);
		}
	}
	if (luma)
		rc = decoder->finish(decoding, err);
out:
	for (int p = 0; p < PIXELS_PLANES; p++)
		rows_release(&rows[p]);
	free(luma);
	return rc;
}

int measure_picture(const struct decoder_ops *decoder, void *decoding, struct size size,
	struct image_quality *figures, struct error *err)
{
	struct quality quality = {0};
	/* a decoder leaves so much more than what is asked for: a cell is one pixel at most */
	const struct wanted wanted = {.shrink = PYRAMID_ENOUGH * quality_cell(size)};
	struct raster raster = {0};
	int rc = -1;

	if (decoder->start(decoding, &wanted, &raster, err))
		return -1;
	if (quality_init(&quality, raster.plane[0].size, err) ||
		pump(decoder, decoding, &raster, &quality, err))
		goto out;
	quality_finish(&quality, figures);
	rc = 0;
out:
	quality_release(&quality);
	return rc;
}
