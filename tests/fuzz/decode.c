#include "decode.h"

#include <string.h>

#include "base/error.h"
#include "base/stream.h"
#include "pixel/rows.h"

#include "image/codec.h"
#include "image/source.h"

static void release(struct rows rows[PIXELS_PLANES])
{
	for (int i = 0; i < PIXELS_PLANES; i++)
		rows_release(&rows[i]);
}

static int is_complete(const struct raster *raster, const struct rows rows[PIXELS_PLANES])
{
	for (int i = 0; i < pixels_planes(raster->kind); i++)
		if (rows[i].end < raster->plane[i].size.height)
			return 0;
	return 1;
}

static void read_rows(const struct decoder_ops *ops, void *decoder, const struct raster *raster,
	struct error *err)
{
	struct rows rows[PIXELS_PLANES] = {{0}};
	struct rows *const planes[PIXELS_PLANES] = {&rows[0], &rows[1], &rows[2]};

	for (int i = 0; i < PIXELS_PLANES; i++)
		rows_init(&rows[i], raster->plane[i].row_bytes);
	while (!is_complete(raster, rows)) {
		for (int i = 0; i < pixels_planes(raster->kind); i++)
			if (rows_reserve(&rows[i], rows[i].end, raster->plane[i].rows, err))
				goto out;
		if (ops->read(decoder, planes, err))
			goto out;
	}
	ops->finish(decoder, err);
out:
	release(rows);
}

void fuzz_decode(const struct codec *codec, const uint8_t *bytes, size_t size)
{
	static const struct image_limits limits = {
		.max_pixels = 1000000, .max_frames = 10, .max_scans = 20};
	static const double shrinks[] = {1, 3, 5, 10, 20};
	const struct decoder_ops *ops = codec->decoder;
	struct wanted wanted = {.shrink = shrinks[size ? bytes[size - 1] % 5 : 0],
		.pixels = size && bytes[size - 1] > 127};
	struct picture picture = {0};
	struct raster raster = {0};
	struct error err = {0};
	struct source source;
	struct stream in;
	void *decoder;

	stream_from_memory(&in, bytes, size);
	source_init(&source, &in);
	decoder = ops->open(&source, &limits, &picture, &err);
	if (decoder && ops->start(decoder, &wanted, &raster, &err) == 0)
		read_rows(ops, decoder, &raster, &err);
	ops->close(decoder);
	metadata_release(&picture.metadata);
	buffer_release(&picture.space.profile);
	source_release(&source);
	stream_close(&in);
}
