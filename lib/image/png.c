#include "image/png.h"

#include <png.h>

#include "base/buffer.h"

#include "image/png_deflate.h"
#include "image/png_inflate.h"

static void version(struct buffer *lines)
{
	buffer_format(lines, "libpng %s\n", png_get_libpng_ver(NULL));
	png_inflate_version(lines);
	png_deflate_version(lines);
}

const struct codec png_codec = {
	.name = "png",
	.type = "image/png",
	.longest_side = 1000000, /* libpng's own limit */
	.has_gray = 1,
	.has_alpha = 1,
	.decoder = &png_decoder,
	.encoder = &png_encoder,
	.version = version,
};
