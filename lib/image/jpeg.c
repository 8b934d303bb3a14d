#include "image/jpeg.h"

#include <stdio.h>

#include <jpeglib.h>

#include "base/buffer.h"

#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(tokens) #tokens

static void version(struct buffer *lines)
{
	buffer_text(lines, "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION) "\n");
}

const struct codec jpeg_codec = {
	.name = "jpeg",
	.type = "image/jpeg",
	.longest_side = JPEG_MAX_DIMENSION,
	.has_gray = 1,
	.has_planes = 1,
	.planes = PIXELS_YCC,
	.full_chroma_from = 90,
	.decoder = &jpeg_decoder,
	.encoder = &jpeg_encoder,
	.version = version,
};
