#include "picture.h"

#define WIDTH 23
#define HEIGHT 17

/* What a PNG of any colour type and depth is made of: bits that rise and fall. */
static void make(int type, int depth, int interlaced, int transparent, struct buffer *file)
{
	static const int channels[] = {[PNG_COLOR_TYPE_GRAY] = 1,
		[PNG_COLOR_TYPE_RGB] = 3,
		[PNG_COLOR_TYPE_PALETTE] = 1,
		[PNG_COLOR_TYPE_GRAY_ALPHA] = 2,
		[PNG_COLOR_TYPE_RGB_ALPHA] = 4};
	size_t stride = ((size_t)WIDTH * (size_t)channels[type] * (size_t)depth + 7) / 8;
	unsigned char *bytes = malloc(stride * HEIGHT);
	png_color palette[256];
	png_byte alphas[] = {0, 100, 200};
	png_color_16 key = {.gray = 1, .red = 3, .green = 0, .blue = 5};
	png_infop info;
	png_structp png =
		png_start(file, type, depth, (struct size){WIDTH, HEIGHT}, interlaced, &info);

	for (size_t i = 0; i < stride * HEIGHT; i++)
		bytes[i] = (unsigned char)(i * 37 + i / stride * 11);
	for (int i = 0; i < 256; i++)
		palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i), (png_byte)(i * 3)};
	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 1 << depth);
	if (transparent)
		png_set_tRNS(png, info, alphas, depth == 1 ? 2 : 3, &key);
	png_finish(png, info, bytes, stride);
	free(bytes);
}

/* Compare with what libpng's simplified interface makes of it. 16 bits it takes to be linear, so
 * those are compared with their upper bytes. */
static void check(int type, int depth, int interlaced, int transparent)
{
	struct buffer file = {0};
	struct pixels right, is;
	struct opened opened;

	make(type, depth, interlaced, transparent, &file);
	opened = picture_open(&file);
	assert_int_equal(
		image_info(opened.image)->has_alpha, (type & PNG_COLOR_MASK_ALPHA) || transparent);
	picture_close(&opened);
	is = picture_of(&file);
	if (depth < 16) {
		right = png_to_picture(&file);
		assert_int_equal(picture_difference(&right, &is), 0);
		pixels_release(&right);
	}
	pixels_release(&is);
	buffer_release(&file);
}

TEST(every_color_type_and_depth_decodes_as_libpng_says)
{
	static const struct {
		int type, depths[5];
	} types[] = {
		{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
		{PNG_COLOR_TYPE_RGB, {8, 16}},
		{PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
		{PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
		{PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}},
	};

	for (size_t i = 0; i < COUNT(types); i++)
		for (int k = 0; k < 5 && types[i].depths[k]; k++)
			for (int interlaced = 0; interlaced < 2; interlaced++) {
				check(types[i].type, types[i].depths[k], interlaced, 0);
				if (!(types[i].type & PNG_COLOR_MASK_ALPHA))
					check(types[i].type, types[i].depths[k], interlaced, 1);
			}
}

TEST(sixteen_bits_are_rounded_to_eight)
{
	unsigned char bytes[] = {0, 0, 0, 127, 0, 129, 127, 255, 128, 128, 255, 126, 255, 255};
	static const int right[] = {0, 0, 1, 127, 128, 254, 255};
	struct buffer file = {0};
	struct pixels is;
	png_infop info;
	png_structp png = png_start(&file, PNG_COLOR_TYPE_GRAY, 16, (struct size){7, 1}, 0, &info);

	png_finish(png, info, bytes, sizeof(bytes));
	is = picture_of(&file);
	for (int i = 0; i < 7; i++)
		assert_int_equal(is.bytes[i * 4], right[i]);
	pixels_release(&is);
	buffer_release(&file);
}

static void plain(struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGB, WIDTH, HEIGHT);

	picture_to_png(&picture, file);
	pixels_release(&picture);
}

/* Open with limits; return the error's text, "" if there is none. */
static struct error open_with(const struct buffer *file, struct image_limits limits)
{
	struct error err = {0};
	struct stream in;

	stream_from_memory(&in, file->bytes, file->length);
	image_free(image_open(&in, &limits, &err));
	stream_close(&in);
	return err;
}

TEST(an_orientation_behind_the_pixels_counts)
{
	struct buffer file = {0}, exif = {0};
	struct opened opened;

	plain(&file);
	exif_of(6, &exif);
	png_put_chunk(&file, PNG_IEND(&file), "eXIf", exif.bytes, exif.length);
	opened = picture_open(&file);
	assert_int_equal(image_info(opened.image)->orientation, 6);
	picture_close(&opened);
	buffer_release(&file);
	buffer_release(&exif);
}

TEST(of_an_animation_the_default_image_is_decoded)
{
	static const char ctl[] = "\0\0\0\3\0\0\0\0", fdat[] = "\0\0\0\1no pixels at all";
	struct buffer still = {0}, file = {0};
	struct opened opened;
	struct pixels is, right;

	plain(&still);
	plain(&file);
	png_put_chunk(&file, PNG_IEND(&file), "fdAT", fdat, sizeof(fdat));
	png_put_chunk(&file, PNG_AFTER_IHDR, "acTL", ctl, 8);
	opened = picture_open(&file);
	assert_int_equal(image_info(opened.image)->frames, 3);
	picture_close(&opened);
	is = picture_of(&file);
	right = picture_of(&still);
	assert_int_equal(picture_difference(&is, &right), 0);
	pixels_release(&is);
	pixels_release(&right);
	assert_string_equal(open_with(&file, (struct image_limits){.max_frames = 2}).text,
		"3 frames, over the limit of 2");
	buffer_release(&file);
	buffer_release(&still);
}

TEST(a_bomb_is_refused_by_its_header)
{
	static const unsigned char ihdr[] = {0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 6, 0, 0, 0};
	struct buffer file = {0};
	struct error err;

	buffer_append(&file, "\x89PNG\r\n\x1a\n", 8);
	png_put_chunk(&file, 0, "IHDR", ihdr, sizeof(ihdr));
	err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "60000x60000 is 3600 megapixels, over the limit of 50");
	buffer_release(&file);
}

TEST(a_picture_can_be_too_small)
{
	struct buffer file = {0};
	struct error err;

	plain(&file);
	err = open_with(&file, (struct image_limits){.min_side = 18});
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "23x17 has a side under the limit of 18 pixels");
	buffer_release(&file);
}

TEST(large_chunks_of_text_are_passed_over)
{
	static const char *const types[] = {"zTXt", "iTXt", "tEXt", "iCCP", "eXIf", "spAm"};
	size_t size = (size_t)20 << 20;
	char *text = calloc(1, size);

	memcpy(text, "Comment", 8);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct buffer file = {0}, right = {0};
		struct pixels a, b;

		plain(&file);
		plain(&right);
		png_put_chunk(&file, PNG_AFTER_IHDR, types[i], text, size);
		a = picture_of(&file);
		b = picture_of(&right);
		assert_int_equal(picture_difference(&a, &b), 0);
		pixels_release(&a);
		pixels_release(&b);
		buffer_release(&file);
		buffer_release(&right);
	}
	free(text);
}

/* A broken file is refused, at once or when its pixels are read. */
static void check_refused(const struct buffer *file)
{
	static const struct rendition rendition = {.box = {10, 10}, .format = IMAGE_PNG};
	struct error err = {0};
	struct buffer out = {0};

	assert_int_equal(picture_render(file, &rendition, KEEP_NONE, &out, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_true(strlen(err.text) > 10);
	buffer_release(&out);
}

TEST(a_truncated_file_is_refused_wherever_it_ends)
{
	for (int interlaced = 0; interlaced < 2; interlaced++) {
		struct buffer file = {0};

		make(PNG_COLOR_TYPE_RGB, 8, interlaced, 0, &file);
		while (file.length > 0) {
			file.length--;
			check_refused(&file);
		}
		buffer_release(&file);
	}
}

TEST(a_flipped_bit_is_refused)
{
	struct buffer file = {0};

	plain(&file);
	for (size_t i = 24; i < file.length; i++) {
		file.bytes[i] ^= 4;
		check_refused(&file);
		file.bytes[i] ^= 4;
	}
	buffer_release(&file);
}

TEST(evil_headers_are_refused)
{
	static const struct {
		const char *what;
		unsigned char ihdr[13];
	} evils[] = {
		{"no width", {0, 0, 0, 0, 0, 0, 0, 1, 8, 2, 0, 0, 0}},
		{"no height", {0, 0, 0, 1, 0, 0, 0, 0, 8, 2, 0, 0, 0}},
		{"a negative width", {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 8, 2, 0, 0, 0}},
		{"a depth of 3", {0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 0}},
		{"colour type 1", {0, 0, 0, 1, 0, 0, 0, 1, 8, 1, 0, 0, 0}},
		{"RGB of one bit", {0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 0, 0, 0}},
		{"compression 1", {0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 1, 0, 0}},
		{"interlacing 2", {0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 2}},
		{"a palette of none", {0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0}},
	};
	/* zlib's stream of four zeros: a filter and a pixel */
	static const unsigned char idat[] = {0x78, 0x9c, 0x63, 0x60, 0x60, 0x60, 0, 0, 0, 4, 0, 1};

	for (size_t i = 0; i < COUNT(evils); i++) {
		struct buffer file = {0};

		buffer_append(&file, "\x89PNG\r\n\x1a\n", 8);
		png_put_chunk(&file, 0, "IHDR", evils[i].ihdr, sizeof(evils[i].ihdr));
		png_put_chunk(&file, 0, "IDAT", idat, sizeof(idat));
		png_put_chunk(&file, 0, "IEND", NULL, 0);
		check_refused(&file);
		buffer_release(&file);
	}
}

TEST(an_unknown_critical_chunk_is_refused_by_name)
{
	struct buffer file = {0};

	plain(&file);
	png_put_chunk(&file, PNG_AFTER_IHDR, "CgBI", "abcd", 4);
	assert_string_equal(open_with(&file, no_limits).text, "a PNG with the unknown chunk CgBI");
	buffer_release(&file);
}

TEST(gray_stays_gray_and_alpha_stays_alpha)
{
	static const struct rendition rendition = {.box = {10, 10}, .format = IMAGE_PNG};
	static const int types[] = {
		[PIXELS_GRAY] = 0, [PIXELS_GRAY_ALPHA] = 4, [PIXELS_RGB] = 2, [PIXELS_RGBA] = 6};

	for (int kind = PIXELS_GRAY; kind <= PIXELS_RGBA; kind++) {
		struct pixels picture = picture_new((enum pixels_kind)kind, 30, 20);
		struct buffer file = {0}, out = {0};
		struct error err = {0};

		picture_to_png(&picture, &file);
		assert_int_equal(picture_render(&file, &rendition, KEEP_NONE, &out, &err), 0);
		assert_int_equal(out.bytes[24], 8);
		assert_int_equal(out.bytes[25], types[kind]);
		buffer_release(&file);
		buffer_release(&out);
		pixels_release(&picture);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_color_type_and_depth_decodes_as_libpng_says),
		cmocka_unit_test(sixteen_bits_are_rounded_to_eight),
		cmocka_unit_test(an_orientation_behind_the_pixels_counts),
		cmocka_unit_test(of_an_animation_the_default_image_is_decoded),
		cmocka_unit_test(a_bomb_is_refused_by_its_header),
		cmocka_unit_test(a_picture_can_be_too_small),
		cmocka_unit_test(large_chunks_of_text_are_passed_over),
		cmocka_unit_test(a_truncated_file_is_refused_wherever_it_ends),
		cmocka_unit_test(a_flipped_bit_is_refused),
		cmocka_unit_test(evil_headers_are_refused),
		cmocka_unit_test(an_unknown_critical_chunk_is_refused_by_name),
		cmocka_unit_test(gray_stays_gray_and_alpha_stays_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
