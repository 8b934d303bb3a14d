#include "image/color.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lcms2.h>

#include "base/memory.h"

#include "image/alpha.h"

struct color {
	enum pixels_kind kind;
	cmsContext context;
	cmsHTRANSFORM transform; /* NULL if nothing changes, or for CMYK without a profile */
};

/* lcms reports what it dislikes in a profile; such a profile is ignored, and that is enough. */
static void ignore(cmsContext context, cmsUInt32Number code, const char *text)
{
	(void)context, (void)code, (void)text;
}

/* A context of its own keeps one picture's work apart from another thread's. */
static cmsContext new_context(void)
{
	cmsContext context = cmsCreateContext(NULL, NULL);

	if (!context)
		memory_exhausted();
	cmsSetLogErrorHandlerTHR(context, ignore);
	return context;
}

static cmsHPROFILE open_profile(cmsContext context, const struct buffer *profile)
{
	if (profile->length < 128 || profile->length > UINT32_MAX)
		return NULL;
	return cmsOpenProfileFromMemTHR(context, profile->bytes, (cmsUInt32Number)profile->length);
}

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
	context = new_context();
	profile = open_profile(context, &space->profile);
	if (profile) {
		cmsGetProfileInfo(profile, cmsInfoDescription, "en", "US", wide, sizeof(wide));
		wide[sizeof(wide) / sizeof(wide[0]) - 1] = 0;
		to_utf8(wide, text, room);
		cmsCloseProfile(profile);
	}
	cmsDeleteContext(context);
}

static cmsColorSpaceSignature signature(enum pixels_kind kind)
{
	switch (pixels_opaque(kind)) {
	case PIXELS_GRAY:
		return cmsSigGrayData;
	case PIXELS_CMYK:
		return cmsSigCmykData;
	default:
		return cmsSigRgbData;
	}
}

static int fits(cmsHPROFILE profile, enum pixels_kind kind)
{
	switch (cmsGetDeviceClass(profile)) {
	case cmsSigInputClass:
	case cmsSigDisplayClass:
	case cmsSigOutputClass:
	case cmsSigColorSpaceClass:
		return cmsGetColorSpace(profile) == signature(kind);
	default:
		return 0;
	}
}

static double srgb_light(double value)
{
	return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static int curve_is_srgb(cmsHPROFILE profile, cmsTagSignature tag)
{
	const cmsToneCurve *curve = cmsReadTag(profile, tag);

	if (!curve)
		return 0;
	for (int i = 0; i <= 16; i++) {
		float value = (float)i / 16;

		if (fabs((double)cmsEvalToneCurveFloat(curve, value) - srgb_light((double)value)) >
			0.003)
			return 0;
	}
	return 1;
}

static int light_is(cmsHPROFILE profile, cmsTagSignature tag, const double xyz[3])
{
	const cmsCIEXYZ *light = cmsReadTag(profile, tag);

	return light && fabs(light->X - xyz[0]) < 0.002 && fabs(light->Y - xyz[1]) < 0.002 &&
		fabs(light->Z - xyz[2]) < 0.002;
}

/* Tell sRGB by its numbers: it goes by many names, and what claims a name may be something else.
 * The colours are those of IEC 61966-2-1, adapted to D50 as a profile has them. */
static int is_srgb(cmsHPROFILE profile, enum pixels_kind kind)
{
	static const double red[3] = {0.4361, 0.2225, 0.0139}, green[3] = {0.3851, 0.7169, 0.0971},
			    blue[3] = {0.1431, 0.0606, 0.7141};

	if (pixels_opaque(kind) == PIXELS_GRAY)
		return curve_is_srgb(profile, cmsSigGrayTRCTag);
	return cmsIsMatrixShaper(profile) && !cmsIsTag(profile, cmsSigAToB0Tag) &&
		light_is(profile, cmsSigRedColorantTag, red) &&
		light_is(profile, cmsSigGreenColorantTag, green) &&
		light_is(profile, cmsSigBlueColorantTag, blue) &&
		curve_is_srgb(profile, cmsSigRedTRCTag) &&
		curve_is_srgb(profile, cmsSigGreenTRCTag) &&
		curve_is_srgb(profile, cmsSigBlueTRCTag);
}

static cmsToneCurve *srgb_curve(cmsContext context)
{
	static const cmsFloat64Number parameters[] = {
		2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};

	return cmsBuildParametricToneCurve(context, 4, parameters);
}

static cmsHPROFILE gray_profile(cmsContext context, cmsToneCurve *curve)
{
	cmsHPROFILE profile = NULL;

	if (curve)
		profile = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
	cmsFreeToneCurve(curve);
	return profile;
}

static int differs(const double a[2], double x, double y)
{
	return fabs(a[0] - x) > 0.005 || fabs(a[1] - y) > 0.005;
}

/* PNG's gAMA and cHRM, where they say something else than sRGB. A gamma is what a viewer's has to
 * undo, 1/2.2 for sRGB. */
static cmsHPROFILE png_profile(
	cmsContext context, const struct color_space *space, enum pixels_kind kind)
{
	cmsCIExyY white = {space->white[0], space->white[1], 1};
	cmsCIExyYTRIPLE lights = {{space->red[0], space->red[1], 1},
		{space->green[0], space->green[1], 1}, {space->blue[0], space->blue[1], 1}};
	cmsToneCurve *curve;
	cmsHPROFILE profile;
	int other_gamma = fabs(space->gamma * 2.2 - 1) > 0.05;
	int other_lights = space->white[1] > 0 &&
		(differs(space->white, 0.3127, 0.329) || differs(space->red, 0.64, 0.33) ||
			differs(space->green, 0.3, 0.6) || differs(space->blue, 0.15, 0.06));

	if (space->gamma < 0.1 || space->gamma > 5)
		return NULL;
	if (pixels_opaque(kind) == PIXELS_GRAY)
		return other_gamma ? gray_profile(context, cmsBuildGamma(context, 1 / space->gamma))
				   : NULL;
	if (!other_gamma && !other_lights)
		return NULL;
	if (!other_lights) {
		white = (cmsCIExyY){0.3127, 0.329, 1};
		lights = (cmsCIExyYTRIPLE){{0.64, 0.33, 1}, {0.3, 0.6, 1}, {0.15, 0.06, 1}};
	}
	curve = other_gamma ? cmsBuildGamma(context, 1 / space->gamma) : srgb_curve(context);
	if (!curve)
		return NULL;
	profile = cmsCreateRGBProfileTHR(
		context, &white, &lights, (cmsToneCurve *[]){curve, curve, curve});
	cmsFreeToneCurve(curve);
	return profile;
}

/* Return the profile to convert from; NULL if the picture is sRGB, or had better be. */
static cmsHPROFILE foreign_profile(
	cmsContext context, const struct color_space *space, enum pixels_kind kind)
{
	cmsHPROFILE profile = open_profile(context, &space->profile);

	if (!profile)
		return kind == PIXELS_CMYK ? NULL : png_profile(context, space, kind);
	if (fits(profile, kind) && (kind == PIXELS_CMYK || !is_srgb(profile, kind)))
		return profile;
	cmsCloseProfile(profile);
	return NULL;
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
	int gray = pixels_opaque(kind) == PIXELS_GRAY;
	cmsHPROFILE srgb = gray ? gray_profile(context, srgb_curve(context))
				: cmsCreate_sRGBProfileTHR(context);
	cmsHTRANSFORM transform = NULL;

	/* colorimetric, paper white made white, and black as it is: what ImageMagick and libvips do
	 * unless told otherwise */
	if (srgb)
		transform = cmsCreateTransformTHR(context, from, formats[kind], srgb,
			formats[color_kind(kind)], INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_COPY_ALPHA);
	if (srgb)
		cmsCloseProfile(srgb);
	return transform;
}

struct color *color_new(const struct color_space *space, enum pixels_kind kind)
{
	struct color *color = memory_new(1, sizeof(*color));
	cmsHPROFILE from;

	color->kind = kind;
	if (!space->profile.length && space->gamma <= 0)
		return color;
	color->context = new_context();
	from = foreign_profile(color->context, space, kind);
	if (!from)
		return color;
	color->transform = new_transform(color->context, from, kind);
	cmsCloseProfile(from);
	return color;
}

enum pixels_kind color_kind(enum pixels_kind kind)
{
	return kind == PIXELS_CMYK ? PIXELS_RGB : kind;
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
