#include "image/codec.h"

#include <string.h>

#include "image/raw.h"

static const struct codec *const codecs[] = {
	[IMAGE_JPEG] = &jpeg_codec,
	[IMAGE_PNG] = &png_codec,
	[IMAGE_WEBP] = &webp_codec,
	[IMAGE_RAW] = &raw_codec,
};

/* The formats of files come before those of memory. */
enum { FORMATS = IMAGE_RAW };

const struct codec *codec_of(enum image_format format)
{
	return codecs[format];
}

enum pixels_kind codec_kind(const struct codec *codec, enum pixels_kind kind)
{
	if (!codec->has_alpha)
		kind = pixels_opaque(kind);
	if (!codec->has_gray)
		kind = pixels_have_alpha(kind) ? PIXELS_RGBA : PIXELS_RGB;
	return kind;
}

const char *image_format_name(enum image_format format)
{
	return codec_of(format)->name;
}

const char *image_format_type(enum image_format format)
{
	return codec_of(format)->type;
}

int image_format_parse(const char *name, enum image_format *format)
{
	if (strcmp(name, "jpg") == 0)
		name = "jpeg";
	for (size_t i = 0; i < FORMATS; i++) {
		if (strcmp(name, codecs[i]->name) == 0) {
			*format = (enum image_format)i;
			return 0;
		}
	}
	return -1;
}

void image_versions(struct buffer *lines)
{
	for (size_t i = 0; i < FORMATS; i++)
		codecs[i]->version(lines);
	color_version(lines);
}
