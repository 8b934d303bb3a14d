#include "picture.h"

#define WIDTH 23
#define HEIGHT 17

/* A kind of PNG; zero is no alpha, no interlacing, and the filters that libpng chooses. */
struct making {
	int type, depth;
	struct size size;
	int interlaced, transparent;
	int filters; /* libpng's PNG_FILTER_ */
};

/* Let the first pixel have the transparent colour, and the next one only half of it. */
static void put_key(const struct making *making, unsigned char *pixels, size_t room)
{
	static const struct {
		int type, depth;
		const char bytes[13];
		size_t size;
	} keys[] = {
		{PNG_COLOR_TYPE_GRAY, 8, "\1\2", 2},
		{PNG_COLOR_TYPE_GRAY, 16, "\0\1\1\1", 4},
		{PNG_COLOR_TYPE_RGB, 8, "\3\0\5\3\0\4", 6},
		{PNG_COLOR_TYPE_RGB, 16, "\0\3\0\0\0\5\1\3\0\0\0\5", 12},
	};

	for (size_t i = 0; i < COUNT(keys); i++)
		if (keys[i].type == making->type && keys[i].depth == making->depth)
			memcpy(pixels, keys[i].bytes, keys[i].size < room ? keys[i].size : room);
}

/* What such a PNG is made of: bits that rise and fall. */
static void make(const struct making *making, struct buffer *file)
{
	static const int channels[] = {[PNG_COLOR_TYPE_GRAY] = 1,
		[PNG_COLOR_TYPE_RGB] = 3,
		[PNG_COLOR_TYPE_PALETTE] = 1,
		[PNG_COLOR_TYPE_GRAY_ALPHA] = 2,
		[PNG_COLOR_TYPE_RGB_ALPHA] = 4};
	int depth = making->depth, count = depth > 7 ? 200 : 1 << depth;
	size_t bits = (size_t)channels[making->type] * (size_t)depth;
	size_t stride = ((size_t)making->size.width * bits + 7) / 8;
	size_t bytes = stride * (size_t)making->size.height;
	unsigned char *pixels = malloc(bytes);
	png_color palette[256];
	png_byte alphas[] = {0, 100, 200};
	png_color_16 key = {.gray = 1, .red = 3, .green = 0, .blue = 5};
	png_infop info;
	png_structp png =
		png_start(file, making->type, depth, making->size, making->interlaced, &info);

	for (size_t i = 0; i < bytes; i++)
		pixels[i] = (unsigned char)(i * 37 + i / stride * 11);
	if (making->type == PNG_COLOR_TYPE_RGB || making->type == PNG_COLOR_TYPE_GRAY)
		put_key(making, pixels, bytes);
	for (int i = 0; i < count; i++)
		palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i), (png_byte)(i * 3)};
	if (making->type == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, count);
	if (making->transparent)
		png_set_tRNS(png, info, alphas, depth == 1 ? 2 : 3, &key);
	if (making->filters)
		png_set_filter(png, PNG_FILTER_TYPE_BASE, making->filters);
	png_set_check_for_invalid_index(png, 0); /* some values the palette doesn't have */
	png_finish(png, info, pixels, stride);
	free(pixels);
}

static void from_buffer(png_structp png, png_bytep bytes, size_t size)
{
	struct stream *in = png_get_io_ptr(png);
	struct error err = {0};

	assert_int_equal(stream_read(in, bytes, size, &err), size);
}

/* Decode a PNG file by libpng, as RGBA. */
static struct pixels decode_by_libpng(const struct buffer *file)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	struct pixels picture = {0};
	struct error err = {0};
	struct stream in;
	png_bytep rows[64];

	stream_from_memory(&in, file->bytes, file->length);
	png_set_read_fn(png, &in, from_buffer);
	png_read_info(png, info);
	png_set_expand(png);
	png_set_scale_16(png);
	png_set_gray_to_rgb(png);
	png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
	png_set_interlace_handling(png);
	png_read_update_info(png, info);
	assert_int_equal(pixels_init(&picture, PIXELS_RGBA,
				 (struct size){(int)png_get_image_width(png, info),
					 (int)png_get_image_height(png, info)},
				 &err),
		0);
	assert_in_range(picture.size.height, 1, COUNT(rows));
	for (int y = 0; y < picture.size.height; y++)
		rows[y] = pixels_row(&picture, y);
	png_read_image(png, rows);
	png_read_end(png, NULL);
	png_destroy_read_struct(&png, &info, NULL);
	stream_close(&in);
	return picture;
}

static void check(const struct making *making)
{
	struct buffer file = {0};
	struct pixels right, is;
	struct opened opened;

	make(making, &file);
	opened = picture_open(&file);
	assert_int_equal(image_info(opened.image)->has_alpha,
		(making->type & PNG_COLOR_MASK_ALPHA) || making->transparent);
	picture_close(&opened);
	is = picture_of(&file);
	right = decode_by_libpng(&file);
	assert_int_equal(picture_difference(&right, &is), 0);
	pixels_release(&right);
	pixels_release(&is);
	buffer_release(&file);
}

/* Check all colour types and depths, with and without a transparent colour. */
static void check_types(struct making making)
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
		for (int k = 0; k < 5 && types[i].depths[k]; k++) {
			int most = types[i].type & PNG_COLOR_MASK_ALPHA ? 0 : 1;

			making.type = types[i].type;
			making.depth = types[i].depths[k];
			for (making.transparent = 0; making.transparent <= most;
				making.transparent++)
				check(&making);
		}
}

TEST(every_color_type_and_depth_decodes_as_libpng_says)
{
	check_types((struct making){.size = {WIDTH, HEIGHT}});
	check_types((struct making){.size = {WIDTH, HEIGHT}, .interlaced = 1});
}

TEST(every_filter_decodes_as_libpng_says)
{
	static const int filters[] = {PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP,
		PNG_FILTER_AVG, PNG_FILTER_PAETH, PNG_ALL_FILTERS};

	for (size_t i = 0; i < COUNT(filters); i++) {
		check_types((struct making){.size = {WIDTH, HEIGHT}, .filters = filters[i]});
		check_types((struct making){
			.size = {WIDTH, HEIGHT}, .interlaced = 1, .filters = filters[i]});
	}
}

TEST(every_small_size_decodes_as_libpng_says)
{
	for (int width = 1; width <= 9; width++)
		for (int height = 1; height <= 9; height++) {
			check_types((struct making){.size = {width, height}});
			check_types((struct making){.size = {width, height}, .interlaced = 1});
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

		make(&(struct making){.type = PNG_COLOR_TYPE_RGB,
			     .depth = 8,
			     .size = {WIDTH, HEIGHT},
			     .interlaced = interlaced},
			&file);
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
		cmocka_unit_test(every_filter_decodes_as_libpng_says),
		cmocka_unit_test(every_small_size_decodes_as_libpng_says),
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
