#include "picture.h"

#include "image/jpeg_scans.h"

#define SCRIPT(array) .script = (array), .scans = (int)COUNT(array)

/* Each bit of all frequencies by itself. */
static const jpeg_scan_info bit_by_bit[] = {
	{3, {0, 1, 2}, 0, 0, 0, 0},
	{1, {0}, 1, 63, 0, 3},
	{1, {1}, 1, 63, 0, 1},
	{1, {2}, 1, 63, 0, 1},
	{1, {0}, 1, 63, 3, 2},
	{1, {0}, 1, 63, 2, 1},
	{1, {1}, 1, 63, 1, 0},
	{1, {2}, 1, 63, 1, 0},
	{1, {0}, 1, 63, 1, 0},
};
static const jpeg_scan_info by_frequency[] = {
	{1, {0}, 0, 0, 0, 0},
	{1, {0}, 1, 8, 0, 0},
	{2, {1, 2}, 0, 0, 0, 0},
	{1, {1}, 1, 8, 0, 0},
	{1, {2}, 1, 8, 0, 0},
	{1, {0}, 9, 14, 0, 0},
	{1, {0}, 15, 63, 0, 0},
	{1, {1}, 9, 63, 0, 0},
	{1, {2}, 9, 63, 0, 0},
};
/* The refinements of low and of high frequencies don't touch. */
static const jpeg_scan_info apart[] = {
	{1, {0}, 0, 0, 0, 1},
	{1, {0}, 1, 5, 0, 1},
	{1, {0}, 6, 63, 0, 1},
	{1, {0}, 6, 63, 1, 0},
	{1, {0}, 1, 5, 1, 0},
	{1, {0}, 0, 0, 1, 0},
};
/* The last scan refines what all before it gave. */
static const jpeg_scan_info together[] = {
	{1, {0}, 0, 0, 0, 0},
	{1, {0}, 1, 5, 0, 2},
	{1, {0}, 6, 20, 0, 1},
	{1, {0}, 21, 63, 0, 0},
	{1, {0}, 1, 5, 2, 1},
	{1, {0}, 1, 20, 1, 0},
};

/* A picture of a pattern with contrast in every frequency. */
static struct pixels rough(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = picture_new(kind, width, height);
	int channels = pixels_channels(kind);
	unsigned noise = 1;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width * channels; x++) {
			unsigned char *byte = pixels_row(&picture, y) + x;

			noise = noise * 1103515245 + 12345;
			*byte = (unsigned char)(*byte / 2 + (noise >> 16) % 24 +
				((x / channels / 23 + y / 17) % 2 ? 60 : 0));
		}
	return picture;
}

/* A file, and libjpeg stopped after its first header. */
struct reading {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct buffer file;
	unsigned char *rest;
	size_t size;
};

static void read_head(struct reading *reading, const struct buffer *file, int eighths)
{
	struct jpeg_decompress_struct *jpeg = &reading->jpeg;

	reading->file = (struct buffer){0};
	buffer_append(&reading->file, file->bytes, file->length);
	jpeg->err = jpeg_std_error(&reading->errors);
	jpeg_create_decompress(jpeg);
	jpeg_mem_src(jpeg, (unsigned char *)reading->file.bytes, file->length);
	assert_int_equal(jpeg_read_header(jpeg, TRUE), JPEG_HEADER_OK);
	jpeg->scale_num = (unsigned)eighths;
	jpeg->scale_denom = 8;
	reading->size = jpeg->src->bytes_in_buffer;
	reading->rest = (unsigned char *)reading->file.bytes + file->length - reading->size;
}

static void read_thin(struct reading *reading, const struct buffer *file, int eighths)
{
	int kept[MAX_COMPONENTS];

	read_head(reading, file, eighths);
	reading->size = jpeg_scans_thin(&reading->jpeg, reading->rest, reading->size, kept);
	reading->jpeg.src->bytes_in_buffer = reading->size;
}

static void reading_release(struct reading *reading)
{
	jpeg_destroy_decompress(&reading->jpeg);
	buffer_release(&reading->file);
}

/* Find the next marker of a kind at `at` or after. */
static int find_marker(const unsigned char *bytes, size_t size, int kind, size_t *at)
{
	for (; *at + 1 < size; (*at)++)
		if (bytes[*at] == 0xff && bytes[*at + 1] == kind)
			return 1;
	return 0;
}

static int count_markers(const unsigned char *bytes, size_t size, int kind)
{
	int count = 0;

	for (size_t at = 0; find_marker(bytes, size, kind, &at); at++)
		count++;
	return count;
}

/* Return the digits of the scans that stay, with dots in the place of others. The first stays
 * always; others are told by their headers, of which a script has no two. */
static const char *staying(const struct buffer *file, int eighths)
{
	static char text[32];
	struct reading whole, thin;
	size_t at = 0, from = 0;
	char *digit = text;

	read_head(&whole, file, eighths);
	read_thin(&thin, file, eighths);
	*digit++ = '0';
	for (int i = 1; find_marker(whole.rest, whole.size, 0xda, &at); i++, at++) {
		size_t length = 2U + whole.rest[at + 3];
		int stays = find_marker(thin.rest, thin.size, 0xda, &from) &&
			memcmp(whole.rest + at, thin.rest + from, length) == 0;

		*digit++ = (char)(stays ? '0' + i : '.');
		from += (size_t)stays;
	}
	*digit = '\0';
	reading_release(&whole);
	reading_release(&thin);
	return text;
}

static void make(enum pixels_kind kind, struct jpeg_making making, struct buffer *file)
{
	struct pixels picture = rough(kind, 320, 240);

	buffer_clear(file);
	picture_to_jpeg(&picture, &making, file);
	pixels_release(&picture);
}

TEST(the_standard_script_is_left_what_its_scale_shows)
{
	struct buffer file = {0};

	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	assert_string_equal(staying(&file, 1), "0.....6...");
	assert_string_equal(staying(&file, 2), "0123..6...");
	assert_string_equal(staying(&file, 8), "0123456789");
	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100, .subsampled = 1},
		&file);
	assert_string_equal(staying(&file, 1), "0.23..6...");
	make(PIXELS_GRAY, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	assert_string_equal(staying(&file, 1), "0...4.");
	assert_string_equal(staying(&file, 2), "01..4.");
	buffer_release(&file);
}

TEST(coarse_steps_are_refined)
{
	struct buffer file = {0};

	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 80}, &file);
	assert_string_equal(staying(&file, 2), "0123456...");
	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 85}, &file);
	assert_string_equal(staying(&file, 4), "0123456..9");
	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 30}, &file);
	assert_string_equal(staying(&file, 1), "0.....6...");
	assert_string_equal(staying(&file, 2), "0123456789");
	assert_string_equal(staying(&file, 4), "0123456789");
	buffer_release(&file);
}

TEST(a_picture_without_contrast_is_refined_sooner)
{
	struct pixels picture = picture_new(PIXELS_RGB, 320, 240);
	struct buffer file = {0};

	memset(picture.bytes, 100, 240 * picture.stride);
	picture_to_jpeg(&picture, &(struct jpeg_making){.progressive = 1, .quality = 80}, &file);
	assert_string_equal(staying(&file, 2), "0123456..9");
	pixels_release(&picture);
	buffer_release(&file);
}

TEST(each_bit_may_be_the_last)
{
	struct buffer file = {0};

	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(bit_by_bit), .quality = 100}, &file);
	assert_string_equal(staying(&file, 1), "0........");
	assert_string_equal(staying(&file, 2), "0123.....");
	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(bit_by_bit), .quality = 92}, &file);
	assert_string_equal(staying(&file, 2), "01234....");
	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(bit_by_bit), .quality = 80}, &file);
	assert_string_equal(staying(&file, 2), "012345...");
	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(bit_by_bit), .quality = 30}, &file);
	assert_string_equal(staying(&file, 2), "012345678");
	buffer_release(&file);
}

TEST(frequencies_go_by_what_the_scale_shows)
{
	struct buffer file = {0};

	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(by_frequency)}, &file);
	assert_string_equal(staying(&file, 1), "0.2......");
	assert_string_equal(staying(&file, 2), "01234....");
	assert_string_equal(staying(&file, 4), "012345.78");
	make(PIXELS_RGB, (struct jpeg_making){SCRIPT(by_frequency), .subsampled = 1}, &file);
	assert_string_equal(staying(&file, 1), "0.234....");
	assert_string_equal(staying(&file, 2), "01234..78");
	buffer_release(&file);
}

TEST(with_a_scan_go_its_refinements_and_no_others)
{
	struct buffer file = {0};

	make(PIXELS_GRAY, (struct jpeg_making){SCRIPT(apart), .quality = 30}, &file);
	assert_string_equal(staying(&file, 1), "0....5");
	assert_string_equal(staying(&file, 2), "01..45");
	assert_string_equal(staying(&file, 4), "012345");
	buffer_release(&file);
}

TEST(a_refinement_that_stays_keeps_all_that_it_refines)
{
	struct buffer file = {0};

	make(PIXELS_GRAY, (struct jpeg_making){SCRIPT(together), .quality = 30}, &file);
	assert_string_equal(staying(&file, 2), "012.45");
	make(PIXELS_GRAY, (struct jpeg_making){SCRIPT(together), .quality = 100}, &file);
	assert_string_equal(staying(&file, 2), "01....");
	buffer_release(&file);
}

TEST(tables_and_comments_between_scans_stay)
{
	static const int kinds[] = {0xc4, 0xfe, 0xdd};
	struct buffer file = {0};
	struct reading whole, thin;
	size_t at;

	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	at = file.length / 2;
	assert_true(find_marker(
		(unsigned char *)file.bytes, file.length, 0xda, &at)); /* of a scan to go */
	buffer_replace(&file, at, 0, "\xff\xfe\0\7hello\xff\xdd\0\4\0\0", 15);
	read_head(&whole, &file, 2);
	read_thin(&thin, &file, 2);
	assert_true(thin.size < whole.size);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		int count = count_markers(whole.rest, whole.size, kinds[i]);

		assert_true(count > 0);
		assert_int_equal(count_markers(thin.rest, thin.size, kinds[i]), count);
	}
	reading_release(&whole);
	reading_release(&thin);
	buffer_release(&file);
}

TEST(fill_bytes_and_garbage_between_scans_do_not_matter)
{
	static const char *const between[] = {"\xff", "\xff\xff\xff", "garbage", "\xff\xd3\xff"};
	struct buffer file = {0};

	for (size_t i = 0; i < COUNT(between); i++) {
		size_t at = 0;

		make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
		while (find_marker((unsigned char *)file.bytes, file.length, 0xc4, &at)) {
			buffer_replace(&file, at, 0, between[i], strlen(between[i]));
			at += strlen(between[i]) + 1;
		}
		assert_string_equal(staying(&file, 2), "0123..6...");
	}
	buffer_release(&file);
}

/* Decode what is there, and return how many warnings libjpeg had. */
static long decode(struct reading *reading, struct buffer *rows)
{
	struct jpeg_decompress_struct *jpeg = &reading->jpeg;
	long warnings;

	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height) {
		size_t size = (size_t)jpeg->output_width * (size_t)jpeg->output_components;
		JSAMPROW row;

		buffer_reserve(rows, size);
		row = (JSAMPROW)rows->bytes + rows->length;
		jpeg_read_scanlines(jpeg, &row, 1);
		rows->length += size;
	}
	jpeg_finish_decompress(jpeg);
	warnings = reading->errors.num_warnings;
	reading_release(reading);
	return warnings;
}

/* Compare a file's pixels with and without the scans that go, and return the mean difference. */
static double difference(const struct buffer *file, int eighths)
{
	struct reading whole, thin;
	struct buffer all = {0}, some = {0};
	double sum = 0;

	read_head(&whole, file, eighths);
	read_thin(&thin, file, eighths);
	assert_int_equal(decode(&whole, &all), 0);
	assert_int_equal(decode(&thin, &some), 0);
	assert_int_equal(some.length, all.length);
	for (size_t i = 0; i < all.length; i++)
		sum += abs((unsigned char)some.bytes[i] - (unsigned char)all.bytes[i]);
	sum /= (double)all.length;
	buffer_release(&all);
	buffer_release(&some);
	return sum;
}

TEST(what_stays_decodes_to_nearly_the_same_pixels)
{
	static const struct {
		enum pixels_kind kind;
		struct jpeg_making making;
	} ways[] = {
		{PIXELS_RGB, {.progressive = 1}},
		{PIXELS_RGB, {.progressive = 1, .subsampled = 1}},
		{PIXELS_RGB, {.progressive = 1, .arithmetic = 1}},
		{PIXELS_RGB, {.progressive = 1, .restart = 3}},
		{PIXELS_RGB, {.progressive = 1, .stored = JCS_RGB}},
		{PIXELS_RGB, {SCRIPT(bit_by_bit)}},
		{PIXELS_RGB, {SCRIPT(by_frequency)}},
		{PIXELS_GRAY, {.progressive = 1}},
		{PIXELS_GRAY, {SCRIPT(apart)}},
		{PIXELS_GRAY, {SCRIPT(together)}},
		{PIXELS_CMYK, {.progressive = 1}},
		{PIXELS_CMYK, {.progressive = 1, .stored = JCS_YCCK}},
	};
	static const int qualities[] = {30, 75, 92, 100};
	struct buffer file = {0};

	for (size_t i = 0; i < COUNT(ways) * COUNT(qualities); i++) {
		struct jpeg_making making = ways[i / COUNT(qualities)].making;

		making.quality = qualities[i % COUNT(qualities)];
		make(ways[i / COUNT(qualities)].kind, making, &file);
		for (int eighths = 1; eighths <= 4; eighths *= 2)
			assert_true(difference(&file, eighths) < 3);
		assert_true(difference(&file, 8) == 0);
	}
	buffer_release(&file);
}

TEST(two_lost_bits_of_luma_are_smoothed_and_nothing_else_is)
{
	static const struct {
		int quality, eighths, smoothed;
	} cases[] = {{100, 2, 1}, {80, 2, 0}, {100, 1, 0}, {85, 4, 0}};
	struct buffer file = {0};
	struct reading thin;

	for (size_t i = 0; i < COUNT(cases); i++) {
		make(PIXELS_RGB,
			(struct jpeg_making){.progressive = 1, .quality = cases[i].quality}, &file);
		read_thin(&thin, &file, cases[i].eighths);
		assert_int_equal(thin.jpeg.do_block_smoothing, cases[i].smoothed);
		reading_release(&thin);
	}
	buffer_release(&file);
}

/* Check that nothing of a file changes. */
static void check_whole(const struct buffer *file)
{
	struct reading thin;

	for (int eighths = 1; eighths <= 4; eighths *= 2) {
		read_thin(&thin, file, eighths);
		assert_memory_equal(thin.file.bytes, file->bytes, file->length);
		assert_ptr_equal(thin.rest + thin.size, thin.file.bytes + file->length);
		reading_release(&thin);
	}
}

TEST(a_file_that_is_not_progressive_stays_whole)
{
	struct buffer file = {0};

	make(PIXELS_RGB, (struct jpeg_making){.separate_scans = 1}, &file);
	check_whole(&file);
	make(PIXELS_RGB, (struct jpeg_making){0}, &file);
	check_whole(&file);
	buffer_release(&file);
}

TEST(a_file_without_an_end_stays_whole)
{
	struct pixels picture = rough(PIXELS_RGB, 40, 30);
	struct buffer file = {0};
	size_t first = 0;

	picture_to_jpeg(&picture, &(struct jpeg_making){.progressive = 1}, &file);
	assert_true(find_marker((unsigned char *)file.bytes, file.length, 0xda, &first));
	while (--file.length > first + 14)
		check_whole(&file);
	pixels_release(&picture);
	buffer_release(&file);
}

TEST(a_file_of_two_minds_about_its_steps_stays_whole)
{
	struct buffer file = {0};
	char table[2 + 67] = "\xff\xdb\0\103\0";
	size_t at = 0;

	memset(table + 5, 1, 64);
	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	assert_true(find_marker((unsigned char *)file.bytes, file.length, 0xda, &at));
	at += 2;
	assert_true(find_marker((unsigned char *)file.bytes, file.length, 0xda, &at));
	buffer_replace(&file, at, 0, table, sizeof(table));
	check_whole(&file);
	buffer_release(&file);
}

TEST(a_file_with_a_broken_scan_header_stays_whole)
{
	static const struct {
		int at;
		char byte;
	} changes[] = {{3, 9}, {4, 0}, {4, 5}, {5, 9}, {8, 64}, {9, 0x31}, {9, 14}};
	struct buffer file = {0};

	for (size_t i = 0; i < COUNT(changes); i++) {
		size_t at = 0;

		make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
		assert_true(find_marker((unsigned char *)file.bytes, file.length, 0xda, &at));
		at += 2;
		assert_true(find_marker((unsigned char *)file.bytes, file.length, 0xda, &at));
		file.bytes[at + (size_t)changes[i].at] = changes[i].byte;
		check_whole(&file);
	}
	buffer_release(&file);
}

/* Put the last scan in `copies` times more. */
static void add_scans(struct buffer *file, int copies)
{
	struct buffer scan = {0};
	size_t at = file->length - 2;

	while ((unsigned char)file->bytes[at] != 0xff || (unsigned char)file->bytes[at + 1] != 0xda)
		at--;
	buffer_append(&scan, file->bytes + at, file->length - 2 - at);
	for (int i = 0; i < copies; i++)
		buffer_replace(file, at, 0, scan.bytes, scan.length);
	buffer_release(&scan);
}

TEST(a_hundred_and_twenty_eight_scans_are_the_most)
{
	struct pixels picture = rough(PIXELS_RGB, 40, 30);
	struct buffer file = {0};
	struct reading thin;

	picture_to_jpeg(&picture, &(struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	add_scans(&file, 118);
	read_thin(&thin, &file, 2);
	assert_int_equal(count_markers(thin.rest, thin.size, 0xda), 4);
	reading_release(&thin);
	add_scans(&file, 1);
	check_whole(&file);
	pixels_release(&picture);
	buffer_release(&file);
}

TEST(what_follows_the_end_is_cut_off)
{
	struct buffer file = {0};
	struct reading thin;

	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .quality = 100}, &file);
	buffer_text(&file, "a video \xff\xda that moves");
	read_thin(&thin, &file, 2);
	assert_memory_equal(thin.rest + thin.size - 2, "\xff\xd9", 2);
	reading_release(&thin);
	buffer_release(&file);
}

TEST(scans_are_counted_up_to_the_end)
{
	struct buffer file = {0};
	struct reading whole;

	make(PIXELS_RGB, (struct jpeg_making){.progressive = 1, .restart = 2}, &file);
	buffer_append(&file, "\xff\xda\0\2", 4);
	read_head(&whole, &file, 8);
	assert_int_equal(jpeg_scans_count(whole.rest, whole.size), 9);
	reading_release(&whole);
	buffer_release(&file);
}

TEST(a_truncated_file_is_refused_at_every_scale)
{
	static const struct jpeg_making makings[] = {{.progressive = 1, .quality = 100},
		{SCRIPT(by_frequency)}, {.arithmetic = 1, .progressive = 1, .quality = 100}};
	struct pixels picture = rough(PIXELS_RGB, 64, 48);

	for (size_t i = 0; i < COUNT(makings) * 3; i++) {
		struct rendition small = {.box = {16 >> i % 3, 0}, .format = IMAGE_PNG};
		struct buffer file = {0}, out = {0};
		struct error err;

		picture_to_jpeg(&picture, &makings[i / 3], &file);
		assert_int_equal(picture_render(&file, &small, KEEP_NONE, &out, &err), 0);
		while (file.length > 0) {
			file.length -= file.length > 7 ? 1 + file.length % 7 : 1;
			err = (struct error){0};
			assert_int_equal(picture_render(&file, &small, KEEP_NONE, &out, &err), -1);
			assert_int_equal(err.type, ERROR_INVALID);
		}
		buffer_release(&file);
		buffer_release(&out);
	}
	pixels_release(&picture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standard_script_is_left_what_its_scale_shows),
		cmocka_unit_test(coarse_steps_are_refined),
		cmocka_unit_test(a_picture_without_contrast_is_refined_sooner),
		cmocka_unit_test(each_bit_may_be_the_last),
		cmocka_unit_test(frequencies_go_by_what_the_scale_shows),
		cmocka_unit_test(with_a_scan_go_its_refinements_and_no_others),
		cmocka_unit_test(a_refinement_that_stays_keeps_all_that_it_refines),
		cmocka_unit_test(tables_and_comments_between_scans_stay),
		cmocka_unit_test(fill_bytes_and_garbage_between_scans_do_not_matter),
		cmocka_unit_test(what_stays_decodes_to_nearly_the_same_pixels),
		cmocka_unit_test(two_lost_bits_of_luma_are_smoothed_and_nothing_else_is),
		cmocka_unit_test(a_file_that_is_not_progressive_stays_whole),
		cmocka_unit_test(a_file_without_an_end_stays_whole),
		cmocka_unit_test(a_file_of_two_minds_about_its_steps_stays_whole),
		cmocka_unit_test(a_file_with_a_broken_scan_header_stays_whole),
		cmocka_unit_test(a_hundred_and_twenty_eight_scans_are_the_most),
		cmocka_unit_test(what_follows_the_end_is_cut_off),
		cmocka_unit_test(scans_are_counted_up_to_the_end),
		cmocka_unit_test(a_truncated_file_is_refused_at_every_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
