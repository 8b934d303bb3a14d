#include "pixel/color.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lcms2.h>

#include "base/memory.h"

#include "pixel/alpha.h"
#include "pixel/profile.h"

struct color {
	enum pixels_kind kind;
	cmsContext context;
	cmsHTRANSFORM transform; /* NULL if nothing changes, or for CMYK without a profile */
};

/* Append a character to text of at most `room` bytes; return the new length. */
static size_t put_utf8(char *text, size_t length, size_t room, uint32_t c)
{
	if (c < 0x80 && length + 1 < room) {
		text[length++] = (char)c;
	} else if (c >= 0x80 && c < 0x800 && length + 2 < room) {
		text[length++] = (char)(0xc0 | c >> 6);
		text[length++] = (char)(0x80 | (c & 0x3f));
	} else if (c >= 0x800 && c < 0x10000 && length + 3 < room) {
		text[length++] = (char)(0xe0 | c >> 12);
		text[length++] = (char)(0x80 | (c >> 6 & 0x3f));
		text[length++] = (char)(0x80 | (c & 0x3f));
	} else if (c >= 0x10000 && length + 4 < room) {
		text[length++] = (char)(0xf0 | c >> 18);
		text[length++] = (char)(0x80 | (c >> 12 & 0x3f));
		text[length++] = (char)(0x80 | (c >> 6 & 0x3f));
		text[length++] = (char)(0x80 | (c & 0x3f));
	}
	text[length] = '\0';
	return length;
}

/* lcms gives UTF-16, one unit a wchar_t. */
static void to_utf8(const wchar_t *wide, char *text, size_t room)
{
	size_t length = 0;

	while (*wide) {
		uint32_t c = (uint32_t)*wide++, low = (uint32_t)*wide;

		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			wide++;
		} else if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff || c < ' ') {
			c = 0xfffd;
		}
		length = put_utf8(text, length, room, c);
	}
}

void color_describe(const struct color_space *space, char *text, size_t room)
{
	wchar_t wide[128] = {0};
	cmsContext context;
	cmsHPROFILE profile;

	text[0] = '\0';
	if (!space->profile.length)
		return;
	context = profile_context();
	profile = profile_embedded(context, space);
	if (profile) {
		cmsGetProfileInfo(profile, cmsInfoDescription, "en", "US", wide, sizeof(wide));
		wide[sizeof(wide) / sizeof(wide[0]) - 1] = 0;
		to_utf8(wide, text, room);
		cmsCloseProfile(profile);
	}
	cmsDeleteContext(context);
}

static cmsHTRANSFORM new_transform(cmsContext context, cmsHPROFILE from, enum pixels_kind kind)
{
	static const cmsUInt32Number formats[] = {
		[PIXELS_GRAY] = TYPE_GRAY_8,
		[PIXELS_GRAY_ALPHA] = TYPE_GRAYA_8,
		[PIXELS_RGB] = TYPE_RGB_8,
		[PIXELS_RGBA] = TYPE_RGBA_8,
		[PIXELS_CMYK] = TYPE_CMYK_8,
	};
	cmsHPROFILE srgb = profile_srgb(context, kind);
	cmsHTRANSFORM transform = NULL;
	/* lcms would put gray on a grid too coarse for the dark end of a linear curve */
	cmsUInt32Number exact = pixels_opaque(kind) == PIXELS_GRAY ? cmsFLAGS_NOOPTIMIZE : 0;

	/* colorimetric, paper white made white, and black as it is: what ImageMagick and libvips do
	 * unless told otherwise */
	if (srgb)
		transform = cmsCreateTransformTHR(context, from, formats[kind], srgb,
			formats[color_kind(kind)], INTENT_RELATIVE_COLORIMETRIC,
			cmsFLAGS_COPY_ALPHA | exact);
	if (srgb)
		cmsCloseProfile(srgb);
	return transform;
}

struct color *color_new(const struct color_space *space, enum pixels_kind kind)
{
	struct color *color = memory_new(1, sizeof(*color));
	cmsHPROFILE from;

	kind = pixels_planes(kind) > 1 ? PIXELS_RGB : kind;
	color->kind = kind;
	if (!space->profile.length && space->gamma <= 0)
		return color;
	color->context = profile_context();
	from = profile_foreign(color->context, space, kind);
	if (!from)
		return color;
	color->transform = new_transform(color->context, from, kind);
	cmsCloseProfile(from);
	return color;
}

enum pixels_kind color_kind(enum pixels_kind kind)
{
	return kind == PIXELS_CMYK || pixels_planes(kind) > 1 ? PIXELS_RGB : kind;
}

int color_is_srgb(const struct color *color)
{
	return color->kind != PIXELS_CMYK && !color->transform;
}

/* Ink on white paper, nothing known of either. */
static void convert_ink(const unsigned char *from, unsigned char *to, int width)
{
	for (int x = 0; x < width; x++, from += 4)
		for (int c = 0; c < 3; c++)
			*to++ = (unsigned char)alpha_times(255u - from[c], 255u - from[3]);
}

void color_convert(
	const struct color *color, const unsigned char *from, unsigned char *to, int width)
{
	if (color->transform)
		cmsDoTransform(color->transform, from, to, (cmsUInt32Number)width);
	else if (color->kind == PIXELS_CMYK)
		convert_ink(from, to, width);
	else
		memcpy(to, from, (size_t)width * (size_t)pixels_channels(color->kind));
}

void color_free(struct color *color)
{
	if (!color)
		return;
	if (color->transform)
		cmsDeleteTransform(color->transform);
	if (color->context)
		cmsDeleteContext(color->context);
	free(color);
}

void color_version(struct buffer *lines)
{
	int version = cmsGetEncodedCMMversion();

	buffer_format(lines, "lcms2 %d.%d\n", version / 1000, version % 1000 / 10);
}
