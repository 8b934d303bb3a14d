#include "pixel/paint.h"

#include <stdlib.h>
#include <string.h>

#include "pixel/alpha.h"
#include "pixel/color.h"
#include "pixel/ycc.h"

static int is_gray(enum pixels_kind kind)
{
	return pixels_opaque(kind) == PIXELS_GRAY;
}

int paint_init(struct paint *paint, const struct color *color, enum pixels_kind from,
	enum pixels_kind to, const unsigned char background[3], int width, struct error *err)
{
	*paint = (struct paint){.color = color, .from = from, .to = to};
	memcpy(paint->background, background, sizeof(paint->background));
	paint->joined = pixels_room((size_t)width, 4, err);
	paint->converted = pixels_room((size_t)width, 4, err);
	paint->colored = pixels_room((size_t)width, 4, err);
	return paint->joined && paint->converted && paint->colored ? 0 : -1;
}

static void color_gray(
	enum pixels_kind kind, const unsigned char *from, unsigned char *to, int width)
{
	for (int x = 0; x < width; x++) {
		for (int c = 0; c < 3; c++)
			*to++ = *from;
		from++;
		if (pixels_have_alpha(kind))
			*to++ = *from++;
	}
}

void paint_row(const struct paint *paint, unsigned char *const planes[PIXELS_PLANES],
	unsigned char *to, int width)
{
	enum pixels_kind kind = color_kind(paint->from);
	const unsigned char *from = planes[0];

	if (pixels_planes(paint->from) > 1) {
		ycc_to_rgb(paint->from, planes, paint->joined, width);
		from = paint->joined;
	}
	if (!color_is_srgb(paint->color)) {
		color_convert(paint->color, from, paint->converted, width);
		from = paint->converted;
	}
	if (is_gray(kind) && !is_gray(paint->to)) {
		color_gray(kind, from, paint->colored, width);
		from = paint->colored;
		kind = pixels_have_alpha(kind) ? PIXELS_RGBA : PIXELS_RGB;
	}
	if (pixels_have_alpha(kind) && !pixels_have_alpha(paint->to))
		alpha_flatten(kind, paint->background, from, to, width);
	else
		memcpy(to, from, (size_t)width * (size_t)pixels_channels(kind));
}

void paint_background(const struct paint *paint, unsigned char *to, int width)
{
	int alpha = pixels_have_alpha(paint->to), colors = pixels_channels(paint->to) - alpha;

	for (int x = 0; x < width; x++) {
		for (int c = 0; c < colors; c++)
			*to++ = paint->background[c];
		if (alpha)
			*to++ = 255;
	}
}

void paint_release(struct paint *paint)
{
	free(paint->joined);
	free(paint->converted);
	free(paint->colored);
	*paint = (struct paint){0};
}
