#include "image/raw.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/stream.h"

#include "image/rendition.h"

struct encoder {
	struct stream *out;
	size_t row_bytes;
};

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct encoder *encoder = memory_new(1, sizeof(*encoder));

	(void)err;
	encoder->out = out;
	encoder->row_bytes = (size_t)encoding->size.width * (size_t)pixels_channels(encoding->kind);
	return encoder;
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	const struct encoder *encoder = state;

	for (int y = 0; y < strip->rows; y++)
		if (stream_write(encoder->out, strip->plane[0] + (size_t)y * strip->stride[0],
			    encoder->row_bytes, err))
			return -1;
	return 0;
}

static int encoder_finish(void *state, struct error *err)
{
	(void)state, (void)err;
	return 0;
}

static const struct encoder_ops encoder_ops = {
	.open = encoder_open,
	.write = encoder_write,
	.finish = encoder_finish,
	.close = free,
};

const struct codec raw_codec = {
	.name = "raw",
	.type = "application/octet-stream",
	.longest_side = RENDITION_MAX_SIDE,
	.full_chroma_from = 1,
	.encoder = &encoder_ops,
};
