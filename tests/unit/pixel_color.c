#include <lcms2.h>

#include "picture.h"

/* Profiles are made by lcms; what it makes of colours through them is computed here in floating
 * point, from the pixels of the result. */

static void save(cmsHPROFILE profile, const wchar_t *name, struct buffer *to)
{
	cmsUInt32Number size = 0;
	cmsMLU *text = cmsMLUalloc(NULL, 1);

	cmsMLUsetWide(text, "en", "US", name);
	cmsWriteTag(profile, cmsSigProfileDescriptionTag, text);
	cmsMLUfree(text);
	cmsSaveProfileToMem(profile, NULL, &size);
	buffer_reserve(to, size);
	cmsSaveProfileToMem(profile, to->bytes, &size);
	to->length = size;
	cmsCloseProfile(profile);
}

static void display_p3(struct buffer *to)
{
	static const cmsFloat64Number srgb[] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
	cmsCIExyY white = {0.3127, 0.329, 1};
	cmsCIExyYTRIPLE lights = {{0.68, 0.32, 1}, {0.265, 0.69, 1}, {0.15, 0.06, 1}};
	cmsToneCurve *curve = cmsBuildParametricToneCurve(NULL, 4, srgb);
	cmsToneCurve *curves[] = {curve, curve, curve};

	save(cmsCreateRGBProfile(&white, &lights, curves), L"Display P3", to);
	cmsFreeToneCurve(curve);
}

static void gray_gamma(double gamma, struct buffer *to)
{
	cmsToneCurve *curve = cmsBuildGamma(NULL, gamma);

	save(cmsCreateGrayProfile(cmsD50_xyY(), curve), L"Dot gain \x00e9\x20ac", to);
	cmsFreeToneCurve(curve);
}

/* Convert a picture through lcms, in one go. */
static struct pixels convert(const struct pixels *from, const struct buffer *profile)
{
	struct pixels to = {0};
	struct error err = {0};
	cmsHPROFILE in = cmsOpenProfileFromMem(profile->bytes, (cmsUInt32Number)profile->length);
	cmsHPROFILE out = cmsCreate_sRGBProfile();
	int gray = from->kind == PIXELS_GRAY;
	cmsHTRANSFORM transform = cmsCreateTransform(in, gray ? TYPE_GRAY_8 : TYPE_RGB_8, out,
		TYPE_RGB_8, INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE);

	assert_non_null(transform);
	assert_int_equal(pixels_init(&to, PIXELS_RGB, from->size, &err), 0);
	cmsDoTransform(transform, from->bytes, to.bytes,
		(cmsUInt32Number)(from->size.width * from->size.height));
	cmsDeleteTransform(transform);
	cmsCloseProfile(in);
	cmsCloseProfile(out);
	return to;
}

/* Give a PNG file a profile. */
static void png_with_profile(
	const struct pixels *picture, const struct buffer *profile, struct buffer *file)
{
	static const int types[] = {[PIXELS_GRAY] = PNG_COLOR_TYPE_GRAY,
		[PIXELS_RGB] = PNG_COLOR_TYPE_RGB,
		[PIXELS_RGBA] = PNG_COLOR_TYPE_RGB_ALPHA};
	png_infop info;
	png_structp png = png_start(file, types[picture->kind], 8, picture->size, 0, &info);

	png_set_iCCP(
		png, info, "icc", 0, (png_const_bytep)profile->bytes, (png_uint_32)profile->length);
	png_finish(png, info, picture->bytes, picture->stride);
}

static void check_profile(const struct buffer *file, const char *name)
{
	struct opened opened = picture_open(file);

	assert_string_equal(image_info(opened.image)->profile, name);
	picture_close(&opened);
}

TEST(colours_of_a_wide_profile_become_srgb)
{
	struct pixels picture = picture_new(PIXELS_RGB, 64, 48), right, is;
	struct buffer profile = {0}, png = {0}, jpeg = {0};
	struct jpeg_making making = {.quality = 100, .profile = &profile};

	display_p3(&profile);
	right = convert(&picture, &profile);
	assert_true(picture_difference(&picture, &right) > 20);
	png_with_profile(&picture, &profile, &png);
	check_profile(&png, "Display P3");
	is = picture_of(&png);
	assert_true(picture_difference(&right, &is) <= 1);
	pixels_release(&is);
	picture_to_jpeg(&picture, &making, &jpeg);
	check_profile(&jpeg, "Display P3");
	is = picture_of(&jpeg);
	/* a little more than a JPEG itself is off by: dark colours are drawn apart */
	assert_true(picture_difference(&right, &is) <= 16);
	pixels_release(&is);
	pixels_release(&picture);
	pixels_release(&right);
	buffer_release(&profile);
	buffer_release(&png);
	buffer_release(&jpeg);
}

TEST(a_webp_has_its_profile_before_its_pixels)
{
	struct pixels picture = picture_new(PIXELS_RGB, 64, 48), right, is;
	struct buffer profile = {0}, plain = {0}, chunks = {0}, file = {0};

	display_p3(&profile);
	right = convert(&picture, &profile);
	picture_to_webp(&picture, 0, &plain);
	webp_put_chunk(&chunks, "ICCP", profile.bytes, profile.length);
	buffer_append(&chunks, plain.bytes + 12, plain.length - 12);
	webp_extend(&file, 0x20, picture.size, &chunks);
	check_profile(&file, "Display P3");
	is = picture_of(&file);
	assert_true(picture_difference(&right, &is) <= 1);
	pixels_release(&is);
	pixels_release(&picture);
	pixels_release(&right);
	buffer_release(&profile);
	buffer_release(&plain);
	buffer_release(&chunks);
	buffer_release(&file);
}

TEST(alpha_is_no_colour)
{
	struct pixels picture = picture_new(PIXELS_RGBA, 64, 48), is;
	struct buffer profile = {0}, file = {0};

	display_p3(&profile);
	png_with_profile(&picture, &profile, &file);
	is = picture_of(&file);
	for (int i = 3; i < 64 * 48 * 4; i += 4)
		assert_int_equal(is.bytes[i], picture.bytes[i]);
	assert_true(picture_difference(&picture, &is) > 20);
	pixels_release(&picture);
	pixels_release(&is);
	buffer_release(&profile);
	buffer_release(&file);
}

TEST(gray_has_profiles_of_its_own_and_stays_gray)
{
	static const struct rendition whole = {.box = {64, 48}, .format = IMAGE_PNG};
	struct pixels picture = picture_new(PIXELS_GRAY, 64, 48), right, is;
	struct buffer profile = {0}, file = {0}, out = {0};
	struct error err = {0};

	gray_gamma(1.4, &profile);
	right = convert(&picture, &profile);
	png_with_profile(&picture, &profile, &file);
	check_profile(&file, "Dot gain \xc3\xa9\xe2\x82\xac");
	assert_int_equal(picture_render(&file, &whole, KEEP_NONE, &out, &err), 0);
	assert_int_equal(out.bytes[25], PNG_COLOR_TYPE_GRAY);
	is = png_to_picture(&out);
	assert_true(picture_difference(&right, &is) <= 1);
	pixels_release(&picture);
	pixels_release(&right);
	pixels_release(&is);
	buffer_release(&profile);
	buffer_release(&file);
	buffer_release(&out);
}

TEST(srgb_under_any_name_changes_nothing)
{
	struct pixels picture = picture_new(PIXELS_RGB, 64, 48), is;
	struct buffer profile = {0}, file = {0};

	save(cmsCreate_sRGBProfile(), L"my monitor", &profile);
	png_with_profile(&picture, &profile, &file);
	check_profile(&file, "my monitor");
	is = picture_of(&file);
	assert_int_equal(picture_difference(&picture, &is), 0);
	pixels_release(&picture);
	pixels_release(&is);
	buffer_release(&profile);
	buffer_release(&file);
}

TEST(a_profile_that_is_broken_or_for_other_pixels_is_ignored)
{
	struct pixels picture = picture_new(PIXELS_RGB, 64, 48), plain, is;
	struct buffer gray = {0}, wide = {0}, garbage = {0}, file = {0}, cut = {0};
	const struct buffer *profiles[] = {&gray, &garbage, &cut};

	gray_gamma(1.4, &gray);
	display_p3(&wide);
	buffer_append(&cut, wide.bytes, 140);
	for (int i = 0; i < 4000; i++)
		buffer_byte(&garbage, (char)(i * 7));
	picture_to_jpeg(&picture, NULL, &file);
	plain = picture_of(&file);
	for (size_t i = 0; i < COUNT(profiles); i++) {
		buffer_clear(&file);
		picture_to_jpeg(&picture, &(struct jpeg_making){.profile = profiles[i]}, &file);
		is = picture_of(&file);
		assert_int_equal(picture_difference(&plain, &is), 0);
		pixels_release(&is);
	}
	pixels_release(&picture);
	pixels_release(&plain);
	buffer_release(&gray);
	buffer_release(&wide);
	buffer_release(&garbage);
	buffer_release(&cut);
	buffer_release(&file);
}

static int gamma_difference(double gamma, int says_srgb)
{
	struct pixels picture = picture_new(PIXELS_GRAY, 64, 48), is;
	struct buffer file = {0};
	int difference = 0;
	unsigned long parts = (unsigned long)(gamma * 100000 + 0.5);
	unsigned char gama[4] = {(unsigned char)(parts >> 24), (unsigned char)(parts >> 16),
		(unsigned char)(parts >> 8), (unsigned char)parts};

	picture_to_png(&picture, &file);
	png_put_chunk(&file, PNG_AFTER_IHDR, "gAMA", gama, sizeof(gama));
	if (says_srgb)
		png_put_chunk(&file, PNG_AFTER_IHDR, "sRGB", "", 1);
	is = picture_of(&file);
	difference = picture_difference(&picture, &is);
	pixels_release(&picture);
	pixels_release(&is);
	buffer_release(&file);
	return difference;
}

TEST(a_gamma_other_than_srgbs_counts_where_nothing_else_is_said)
{
	assert_int_equal(gamma_difference(1 / 2.2, 0), 0);
	assert_true(gamma_difference(1, 0) > 40);
	assert_int_equal(gamma_difference(1, 1), 0);
	assert_int_equal(gamma_difference(100, 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours_of_a_wide_profile_become_srgb),
		cmocka_unit_test(a_webp_has_its_profile_before_its_pixels),
		cmocka_unit_test(alpha_is_no_colour),
		cmocka_unit_test(gray_has_profiles_of_its_own_and_stays_gray),
		cmocka_unit_test(srgb_under_any_name_changes_nothing),
		cmocka_unit_test(a_profile_that_is_broken_or_for_other_pixels_is_ignored),
		cmocka_unit_test(a_gamma_other_than_srgbs_counts_where_nothing_else_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
