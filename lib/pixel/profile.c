#include "pixel/profile.h"

#include <math.h>
#include <stdint.h>

#include "base/memory.h"

static void ignore(cmsContext context, cmsUInt32Number code, const char *text)
{
	(void)context, (void)code, (void)text;
}

cmsContext profile_context(void)
{
	cmsContext context = cmsCreateContext(NULL, NULL);

	if (!context)
		memory_exhausted();
	cmsSetLogErrorHandlerTHR(context, ignore);
	return context;
}

cmsHPROFILE profile_embedded(cmsContext context, const struct color_space *space)
{
	const struct buffer *profile = &space->profile;

	if (profile->length < 128 || profile->length > UINT32_MAX)
		return NULL;
	return cmsOpenProfileFromMemTHR(context, profile->bytes, (cmsUInt32Number)profile->length);
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

cmsHPROFILE profile_foreign(
	cmsContext context, const struct color_space *space, enum pixels_kind kind)
{
	cmsHPROFILE profile = profile_embedded(context, space);

	if (!profile)
		return kind == PIXELS_CMYK ? NULL : png_profile(context, space, kind);
	if (fits(profile, kind) && (kind == PIXELS_CMYK || !is_srgb(profile, kind)))
		return profile;
	cmsCloseProfile(profile);
	return NULL;
}

cmsHPROFILE profile_srgb(cmsContext context, enum pixels_kind kind)
{
	if (pixels_opaque(kind) == PIXELS_GRAY)
		return gray_profile(context, srgb_curve(context));
	return cmsCreate_sRGBProfileTHR(context);
}
