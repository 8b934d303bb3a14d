#include "image/image.h"

#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"
#include "pixel/simd.h"

#include "image/codec.h"
#include "image/metadata.h"

/* A row goes to the encoder by way of `strip`, which has the room behind it that it may write to.
 */
static int write_rows(const struct encoder_ops *encoder, void *encoding,
	const struct pixels *pixels, struct strip *strip, struct error *err)
{
	for (int y = 0; y < pixels->size.height; y++) {
		memcpy(strip->plane[0], pixels_row(pixels, y), pixels->stride);
		if (encoder->write(encoding, strip, err))
			return -1;
	}
	return encoder->finish(encoding, err);
}

int image_encode(const struct pixels *pixels, const struct rendition *rendition, struct stream *out,
	struct error *err)
{
	static const struct metadata none;
	const struct codec *codec = codec_of(rendition->format);
	const struct encoding wanted = {.size = pixels->size,
		.kind = pixels->kind,
		.full_chroma = rendition->quality >= codec->full_chroma_from,
		.quality = rendition->quality,
		.effort = rendition->effort,
		.metadata = &none};
	struct strip strip = {.rows = 1, .stride = {pixels->stride + SIMD_SLACK}};
	void *encoding = NULL;
	int rc = -1;

	strip.plane[0] = pixels_room(1, strip.stride[0], err);
	if (strip.plane[0])
		encoding = codec->encoder->open(out, &wanted, err);
	if (encoding)
		rc = write_rows(codec->encoder, encoding, pixels, &strip, err);
	codec->encoder->close(encoding);
	free(strip.plane[0]);
	return rc;
}
