#include "picture.h"

#define WIDTH 75
#define HEIGHT 53

static struct error open_with(const struct buffer *file, struct image_limits limits)
{
	struct error err = {0};
	struct stream in;

	stream_from_memory(&in, file->bytes, file->length);
	image_free(image_open(&in, &limits, &err));
	stream_close(&in);
	return err;
}

/* What a picture made in a certain way and decoded again is off by, at most. */
static int way_there_and_back(enum pixels_kind kind, struct jpeg_making making)
{
	struct pixels picture = picture_new(kind, WIDTH, HEIGHT), is;
	struct buffer file = {0};
	int difference = 0;

	making.quality = 100;
	picture_to_jpeg(&picture, &making, &file);
	is = picture_of(&file);
	for (int i = 0; i < WIDTH * HEIGHT; i++)
		for (int c = 0; c < 3; c++) {
			const unsigned char *p = picture.bytes + i * pixels_channels(kind);
			int right = kind == PIXELS_GRAY ? p[0]
				: kind == PIXELS_RGB	? p[c]
							: ((255 - p[c]) * (255 - p[3]) + 127) / 255;

			if (abs(is.bytes[i * 4 + c] - right) > difference)
				difference = abs(is.bytes[i * 4 + c] - right);
		}
	pixels_release(&picture);
	pixels_release(&is);
	buffer_release(&file);
	return difference;
}

TEST(every_way_of_making_a_jpeg_decodes)
{
	static const struct {
		enum pixels_kind kind;
		struct jpeg_making making;
	} ways[] = {
		{PIXELS_RGB, {0}},
		{PIXELS_RGB, {.progressive = 1}},
		{PIXELS_RGB, {.arithmetic = 1}},
		{PIXELS_RGB, {.arithmetic = 1, .progressive = 1}},
		{PIXELS_RGB, {.restart = 3}},
		{PIXELS_RGB, {.separate_scans = 1}},
		{PIXELS_RGB, {.stored = JCS_RGB}},
		{PIXELS_GRAY, {0}},
		{PIXELS_GRAY, {.progressive = 1}},
		{PIXELS_CMYK, {0}},
		{PIXELS_CMYK, {.progressive = 1}},
		{PIXELS_CMYK, {.stored = JCS_YCCK}},
		{PIXELS_CMYK, {.no_adobe_marker = 1}},
	};

	for (size_t i = 0; i < COUNT(ways); i++)
		assert_true(way_there_and_back(ways[i].kind, ways[i].making) <= 5);
	assert_true(way_there_and_back(PIXELS_RGB, (struct jpeg_making){.subsampled = 1}) <= 8);
}

TEST(a_large_picture_is_scaled_in_its_decoder_without_a_shift)
{
	static const struct rendition small = {.box = {40, 40}, .format = IMAGE_PNG};
	struct pixels picture = picture_new(PIXELS_RGB, 1003, 777), a, b;
	struct buffer jpeg = {0}, png = {0}, one = {0}, other = {0};
	struct error err = {0};

	picture_to_jpeg(&picture, NULL, &jpeg);
	picture_to_png(&picture, &png);
	assert_int_equal(picture_render(&jpeg, &small, KEEP_NONE, &one, &err), 0);
	assert_int_equal(picture_render(&png, &small, KEEP_NONE, &other, &err), 0);
	a = png_to_picture(&one);
	b = png_to_picture(&other);
	assert_true(picture_difference(&a, &b) <= 2);
	pixels_release(&picture);
	pixels_release(&a);
	pixels_release(&b);
	buffer_release(&jpeg);
	buffer_release(&png);
	buffer_release(&one);
	buffer_release(&other);
}

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
	static const struct jpeg_making makings[] = {
		{0}, {.progressive = 1}, {.arithmetic = 1}, {.restart = 2}, {.separate_scans = 1}};
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30);

	for (size_t i = 0; i < COUNT(makings); i++) {
		struct buffer file = {0};

		picture_to_jpeg(&picture, &makings[i], &file);
		while (file.length > 0) {
			file.length--;
			check_refused(&file);
		}
		buffer_release(&file);
	}
	pixels_release(&picture);
}

TEST(a_hole_in_the_pixels_is_refused_though_the_end_is_there)
{
	struct pixels picture = picture_new(PIXELS_RGB, 200, 200);
	struct buffer file = {0};
	size_t at;

	picture_to_jpeg(&picture, NULL, &file);
	at = file.length - 300;
	buffer_replace(&file, at, 200, NULL, 0);
	check_refused(&file);
	pixels_release(&picture);
	buffer_release(&file);
}

/* Return where a file's scan of that number starts. */
static size_t scan_at(const struct buffer *file, int number)
{
	size_t at = 0;

	for (; number >= 0; number--)
		for (at++; memcmp(file->bytes + at, "\xff\xda", 2) != 0; at++)
			assert_true(at + 3 < file->length);
	return at;
}

TEST(a_component_that_no_scan_brings_is_refused)
{
	static const jpeg_scan_info script[] = {{1, {0}, 0, 0, 0, 0}, {1, {1}, 0, 0, 0, 0},
		{1, {2}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}, {1, {1}, 1, 63, 0, 0},
		{1, {2}, 1, 63, 0, 0}};
	static const struct jpeg_making makings[] = {
		{.separate_scans = 1}, {.script = script, .scans = COUNT(script)}};
	struct pixels picture = picture_new(PIXELS_RGB, 200, 200);

	for (size_t i = 0; i < COUNT(makings); i++)
		for (int scans = 1; scans < 3; scans++) {
			struct buffer file = {0};
			size_t end;

			picture_to_jpeg(&picture, &makings[i], &file);
			end = scan_at(&file, scans);
			buffer_replace(&file, end, file.length - end, "\xff\xd9", 2);
			check_refused(&file);
			buffer_release(&file);
		}
	pixels_release(&picture);
}

/* Codes that are misread do not end where the scan does. */
TEST(what_is_left_of_a_scan_is_refused_unless_it_is_padding)
{
	struct pixels picture = picture_new(PIXELS_RGB, 200, 200), is;
	struct buffer file = {0}, longer = {0};
	char padding[1000] = {0};
	size_t end;

	picture_to_jpeg(&picture, NULL, &file);
	end = file.length - 2;
	buffer_append(&longer, file.bytes, file.length);
	buffer_replace(&longer, end, 0, file.bytes + end - 100, 100);
	check_refused(&longer);
	buffer_clear(&longer);
	buffer_append(&longer, file.bytes, file.length);
	buffer_replace(&longer, end, 0, padding, sizeof(padding));
	is = picture_of(&longer);
	assert_int_equal(is.size.width, 200);
	pixels_release(&is);
	pixels_release(&picture);
	buffer_release(&file);
	buffer_release(&longer);
}

TEST(what_follows_the_end_does_not_matter)
{
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30), is;
	struct buffer file = {0};

	picture_to_jpeg(&picture, NULL, &file);
	buffer_text(&file, "a video that moves, <script>");
	is = picture_of(&file);
	assert_int_equal(is.size.width, 40);
	pixels_release(&is);
	pixels_release(&picture);
	buffer_release(&file);
}

/* Return where the frame header of a file starts: FF C0 or FF C2. */
static size_t frame_header(const struct buffer *file)
{
	for (size_t at = 0; at + 9 < file->length; at++)
		if ((unsigned char)file->bytes[at] == 0xff &&
			((unsigned char)file->bytes[at + 1] == 0xc0 ||
				(unsigned char)file->bytes[at + 1] == 0xc2))
			return at;
	fail();
	return 0;
}

TEST(a_bomb_is_refused_by_its_header)
{
	struct pixels picture = picture_new(PIXELS_RGB, 16, 16);

	for (int progressive = 0; progressive < 2; progressive++) {
		struct buffer file = {0};
		struct error err;

		picture_to_jpeg(&picture, &(struct jpeg_making){.progressive = progressive}, &file);
		memcpy(file.bytes + frame_header(&file) + 5, "\xff\xdc\xff\xdc", 4);
		err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
		assert_int_equal(err.type, ERROR_LIMIT);
		assert_string_equal(
			err.text, "65500x65500 is 4290.25 megapixels, over the limit of 50");
		memcpy(file.bytes + frame_header(&file) + 5, "\xff\xff\xff\xff", 4);
		err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
		assert_int_equal(err.type, ERROR_LIMIT);
		buffer_release(&file);
	}
	pixels_release(&picture);
}

/* Put a progressive file's last scan in `copies` times more. */
static void add_scans(struct buffer *file, int copies)
{
	struct buffer scan = {0};
	size_t at = file->length - 2;

	while ((unsigned char)file->bytes[at] != 0xff || (unsigned char)file->bytes[at + 1] != 0xda)
		at--;
	buffer_append(&scan, file->bytes + at, file->length - 2 - at);
	file->length = at;
	for (int i = 0; i < copies; i++)
		buffer_append(file, scan.bytes, scan.length);
	buffer_append(file, "\xff\xd9", 2);
	buffer_release(&scan);
}

TEST(too_many_scans_are_refused_before_any_is_decoded)
{
	struct pixels picture = picture_new(PIXELS_RGB, 64, 64);
	struct buffer file = {0};
	struct error err;

	picture_to_jpeg(&picture, &(struct jpeg_making){.progressive = 1}, &file);
	err = open_with(&file, (struct image_limits){.max_scans = 10});
	assert_string_equal(err.text, "");
	err = open_with(&file, (struct image_limits){.max_scans = 9});
	assert_string_equal(err.text, "10 progressive scans, over the limit of 9");
	add_scans(&file, 4991);
	err = open_with(&file, (struct image_limits)IMAGE_LIMITS);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "5000 progressive scans, over the limit of 100");
	pixels_release(&picture);
	buffer_release(&file);
}

TEST(markers_by_the_thousand_are_passed_over)
{
	struct pixels picture = picture_new(PIXELS_RGB, 40, 30), is;
	struct buffer file = {0}, many = {0}, head = {0};

	picture_to_jpeg(&picture, NULL, &file);
	buffer_append(&head,
		"\xff\xe1\xff\xff"
		"Exif\0",
		10);
	for (int i = 0; i < 1000; i++) {
		buffer_append(&many, head.bytes, head.length);
		buffer_reserve(&many, 65535);
		memset(many.bytes + many.length, 0, 65535 - 2 - 6);
		many.length += 65535 - 2 - 6;
	}
	buffer_replace(&file, 2, 0, many.bytes, many.length);
	is = picture_of(&file);
	assert_int_equal(is.size.width, 40);
	pixels_release(&is);
	pixels_release(&picture);
	buffer_release(&file);
	buffer_release(&many);
	buffer_release(&head);
}

TEST(twelve_bits_and_lossless_are_named)
{
	static const struct {
		int at;
		char byte;
	} changes[] = {{4, 12}, {1, '\xc3'}};
	struct pixels picture = picture_new(PIXELS_RGB, 16, 16);

	for (size_t i = 0; i < COUNT(changes); i++) {
		struct buffer file = {0};
		struct error err;

		picture_to_jpeg(&picture, NULL, &file);
		file.bytes[frame_header(&file) + (size_t)changes[i].at] = changes[i].byte;
		err = open_with(&file, no_limits);
		assert_int_equal(err.type, ERROR_INVALID);
		assert_non_null(strstr(err.text, "unsupported"));
		buffer_release(&file);
	}
	pixels_release(&picture);
}

TEST(what_is_written_is_baseline_at_half_the_colour)
{
	static const struct rendition rendition = {
		.box = {40, 30}, .format = IMAGE_JPEG, .quality = 80};
	struct pixels picture = picture_new(PIXELS_RGB, 80, 60);
	struct buffer file = {0}, out = {0}, again = {0};
	struct error err = {0};
	size_t at;

	picture_to_png(&picture, &file);
	assert_int_equal(picture_render(&file, &rendition, KEEP_NONE, &out, &err), 0);
	assert_int_equal(picture_render(&file, &rendition, KEEP_NONE, &again, &err), 0);
	assert_int_equal(out.length, again.length);
	assert_memory_equal(out.bytes, again.bytes, out.length);
	at = frame_header(&out);
	assert_int_equal((unsigned char)out.bytes[at + 1], 0xc0);
	assert_int_equal(out.bytes[at + 11], 0x22);
	assert_int_equal(out.bytes[at + 14], 0x11);
	pixels_release(&picture);
	buffer_release(&file);
	buffer_release(&out);
	buffer_release(&again);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_of_making_a_jpeg_decodes),
		cmocka_unit_test(a_large_picture_is_scaled_in_its_decoder_without_a_shift),
		cmocka_unit_test(a_truncated_file_is_refused_wherever_it_ends),
		cmocka_unit_test(a_hole_in_the_pixels_is_refused_though_the_end_is_there),
		cmocka_unit_test(a_component_that_no_scan_brings_is_refused),
		cmocka_unit_test(what_is_left_of_a_scan_is_refused_unless_it_is_padding),
		cmocka_unit_test(what_follows_the_end_does_not_matter),
		cmocka_unit_test(a_bomb_is_refused_by_its_header),
		cmocka_unit_test(too_many_scans_are_refused_before_any_is_decoded),
		cmocka_unit_test(markers_by_the_thousand_are_passed_over),
		cmocka_unit_test(twelve_bits_and_lossless_are_named),
		cmocka_unit_test(what_is_written_is_baseline_at_half_the_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
