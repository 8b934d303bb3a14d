#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/error.h"
#include "base/stream.h"

#include "image/bytes.h"
#include "image/codec.h"
#include "image/source.h"

/* Whatever the bytes are, rows come out or a reason why not. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Make the chunks' check sums right, or chance would hardly ever get beyond them. */
static void repair(uint8_t *file, size_t size)
{
	size_t at = 8;

	while (size >= 12 && at <= size - 12) {
		size_t length = bytes_big32(file + at);
		uLong crc;

		if (length > size - 12 - at)
			return;
		crc = crc32(0, file + at + 4, (uInt)length + 4);
		for (int i = 0; i < 4; i++)
			file[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
		at += length + 12;
	}
}

static void decode(struct source *source, struct picture *picture, struct error *err)
{
	static const struct image_limits limits = {.max_pixels = 1000000, .max_frames = 10};
	const struct decoder_ops *ops = png_codec.decoder;
	void *decoder = ops->open(source, &limits, picture, err);
	unsigned char *row = NULL;
	struct raster raster;
	int y = 0;

	if (!decoder || ops->start(decoder, 1, &raster, err))
		goto out;
	row = malloc((size_t)raster.size.width * (size_t)pixels_channels(raster.kind));
	while (row && y < raster.size.height && ops->read(decoder, row, err) == 0)
		y++;
	if (y == raster.size.height)
		ops->finish(decoder, err);
out:
	free(row);
	ops->close(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *file = malloc(size ? size : 1);
	struct picture picture = {0};
	struct error err = {0};
	struct source source;
	struct stream in;

	memcpy(file, bytes, size);
	repair(file, size);
	stream_from_memory(&in, file, size);
	source_init(&source, &in);
	decode(&source, &picture, &err);
	metadata_release(&picture.metadata);
	buffer_release(&picture.space.profile);
	source_release(&source);
	stream_close(&in);
	free(file);
	return 0;
}
