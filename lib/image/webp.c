#include "image/webp.h"

#include <webp/decode.h>
#include <webp/encode.h>

#include "base/buffer.h"

static void version(struct buffer *lines)
{
	int number = WebPGetDecoderVersion();

	buffer_format(lines, "libwebp %d.%d.%d\n", number >> 16, number >> 8 & 0xff, number & 0xff);
}

const struct codec webp_codec = {
	.name = "webp",
	.type = "image/webp",
	.longest_side = WEBP_MAX_DIMENSION,
	.has_alpha = 1,
	.has_planes = 1,
	.planes = PIXELS_YCC_VIDEO,
	.full_chroma_from = 101, /* never */
	.decoder = &webp_decoder,
	.encoder = &webp_encoder,
	.version = version,
};
