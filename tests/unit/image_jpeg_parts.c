#include "picture.h"

#include "image/jpeg_coefficients.h"
#include "image/jpeg_failure.h"
#include "image/jpeg_huffman.h"

/* Whose parts decode. */
enum parts { LIBJPEG, HUFFMAN, COEFFICIENTS };

/* Whether missing bits are guessed from blocks around. */
static int smoothing;

static const int all_kept[MAX_COMPONENTS] = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64};

/* Noise, smooth to one side and rough to the other. */
static struct pixels rough(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = picture_new(kind, width, height);
	unsigned noise = 7;

	for (int y = 0; y < height; y++)
		for (size_t x = 0; x < picture.stride; x++) {
			unsigned char *byte = pixels_row(&picture, y) + x;

			noise = noise * 1103515245 + 12345;
			*byte = (unsigned char)(*byte / 2 +
				(noise >> 16) % (1 + 120 * x / picture.stride));
		}
	return picture;
}

static void read_rows(j_decompress_ptr jpeg, enum parts parts, const int *kept, struct buffer *rows)
{
	size_t stride;
	JSAMPROW row;

	jpeg->buffered_image = jpeg_has_multiple_scans(jpeg);
	jpeg_start_decompress(jpeg);
	if (parts >= HUFFMAN)
		jpeg_huffman_take_over(jpeg);
	if (jpeg->buffered_image) {
		if (parts >= COEFFICIENTS)
			jpeg_coefficients_take_over(jpeg, kept);
		while (jpeg_consume_input(jpeg) != JPEG_REACHED_EOI)
			;
		jpeg_start_output(jpeg, jpeg->input_scan_number);
	}
	stride = jpeg->output_width * (size_t)jpeg->output_components;
	row = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, stride);
	while (jpeg->output_scanline < jpeg->output_height) {
		jpeg_read_scanlines(jpeg, &row, 1);
		buffer_append(rows, (char *)row, stride);
	}
	if (jpeg->buffered_image)
		jpeg_finish_output(jpeg);
	jpeg_finish_decompress(jpeg);
}

/* Decode at an eighth, two, four or eight. Return -1 if libjpeg, or what stands in for it, fails.
 */
static int decode(const struct buffer *file, enum parts parts, const int *kept, int eighths,
	struct buffer *rows)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_failure failure;
	struct error err = {0};
	volatile int rc = -1;

	buffer_clear(rows);
	jpeg.err = jpeg_failure_init(&failure, &err);
	failure.bytes = (const unsigned char *)file->bytes;
	jpeg_create_decompress(&jpeg);
	if (setjmp(failure.back) == 0) {
		jpeg_mem_src(&jpeg, (unsigned char *)file->bytes, file->length);
		jpeg_read_header(&jpeg, TRUE);
		jpeg.scale_num = (unsigned)eighths;
		jpeg.scale_denom = 8;
		jpeg.do_block_smoothing = smoothing;
		read_rows(&jpeg, parts, kept, rows);
		rc = 0;
	}
	jpeg_destroy_decompress(&jpeg);
	return rc;
}

static void expect_same(const struct buffer *file, int eighths)
{
	struct buffer wanted = {0}, found = {0};

	assert_int_equal(decode(file, LIBJPEG, all_kept, eighths, &wanted), 0);
	for (enum parts parts = HUFFMAN; parts <= COEFFICIENTS; parts++) {
		assert_int_equal(decode(file, parts, all_kept, eighths, &found), 0);
		assert_int_equal(found.length, wanted.length);
		assert_memory_equal(found.bytes, wanted.bytes, wanted.length);
	}
	buffer_release(&wanted);
	buffer_release(&found);
}

static void make(enum pixels_kind kind, int width, int height, const struct jpeg_making *making,
	struct buffer *file)
{
	struct pixels picture = rough(kind, width, height);

	buffer_clear(file);
	picture_to_jpeg(&picture, making, file);
	pixels_release(&picture);
}

static const struct jpeg_making makings[] = {{0}, {.subsampled = 1},
	{.subsampled = 1, .restart = 1}, {.restart = 5}, {.separate_scans = 1},
	{.separate_scans = 1, .subsampled = 1, .restart = 3}, {.progressive = 1},
	{.progressive = 1, .subsampled = 1}, {.progressive = 1, .subsampled = 1, .restart = 2},
	{.arithmetic = 1}, {.arithmetic = 1, .progressive = 1}};

TEST(pictures_of_all_makings_are_those_of_libjpeg)
{
	static const int qualities[] = {1, 20, 75, 92, 100};
	struct buffer file = {0};

	for (size_t i = 0; i < COUNT(makings); i++)
		for (size_t k = 0; k < COUNT(qualities); k++) {
			struct jpeg_making making = makings[i];

			making.quality = qualities[k];
			make(PIXELS_RGB, 131, 77, &making, &file);
			for (int eighths = 1; eighths <= 8; eighths *= 2)
				expect_same(&file, eighths);
		}
	buffer_release(&file);
}

TEST(pictures_of_all_sizes_are_those_of_libjpeg)
{
	struct buffer file = {0};

	for (int width = 1; width < 36; width += 3)
		for (int height = 1; height < 36; height += 5)
			for (size_t i = 0; i < COUNT(makings); i++) {
				make(PIXELS_RGB, width, height, &makings[i], &file);
				expect_same(&file, 8);
			}
	buffer_release(&file);
}

TEST(gray_and_ink_are_those_of_libjpeg)
{
	struct buffer file = {0};

	for (int progressive = 0; progressive < 2; progressive++) {
		struct jpeg_making making = {.progressive = progressive};

		make(PIXELS_GRAY, 67, 45, &making, &file);
		expect_same(&file, 8);
		make(PIXELS_CMYK, 67, 45, &making, &file);
		expect_same(&file, 8);
	}
	buffer_release(&file);
}

/* One bit is turned over, at one place after another, or the file ends there, too. */
TEST(what_libjpeg_refuses_is_refused)
{
	struct buffer file = {0}, wanted = {0}, found = {0};
	int refused = 0;

	for (size_t i = 0; i < COUNT(makings); i++) {
		make(PIXELS_RGB, 131, 77, &makings[i], &file);
		for (size_t at = 700 + i; at < file.length; at += 499) {
			struct buffer broken = {0};

			buffer_append(&broken, file.bytes, at % 2 ? at : file.length);
			broken.bytes[at - 1] = (char)(broken.bytes[at - 1] ^ 1 << at % 8);
			for (enum parts parts = HUFFMAN; parts <= COEFFICIENTS; parts++) {
				int rc = decode(&broken, LIBJPEG, all_kept, 8, &wanted);

				refused += rc != 0;
				assert_int_equal(decode(&broken, parts, all_kept, 8, &found), rc);
				if (rc == 0)
					assert_memory_equal(
						found.bytes, wanted.bytes, wanted.length);
			}
			buffer_release(&broken);
		}
	}
	assert_true(refused > 100);
	buffer_release(&file);
	buffer_release(&wanted);
	buffer_release(&found);
}

/* Return the mean difference of rows. */
static double difference(const struct buffer *a, const struct buffer *b)
{
	double sum = 0;

	assert_int_equal(a->length, b->length);
	for (size_t i = 0; i < a->length; i++)
		sum += abs((unsigned char)a->bytes[i] - (unsigned char)b->bytes[i]);
	return sum / (double)a->length;
}

/* The means are all that an eighth shows; at two the lowest six make up for all but little. */
TEST(the_lowest_coefficients_make_a_small_picture)
{
	static const int means[MAX_COMPONENTS] = {1, 1, 1}, lowest[MAX_COMPONENTS] = {6, 6, 6};
	static const jpeg_scan_info script[] = {{3, {0, 1, 2}, 0, 0, 0, 1}, {1, {0}, 1, 63, 0, 0},
		{1, {1}, 1, 63, 0, 0}, {1, {2}, 1, 63, 0, 0}, {3, {0, 1, 2}, 0, 0, 1, 0}};
	const struct jpeg_making making = {.script = script, .scans = COUNT(script), .restart = 7};
	struct buffer file = {0}, wanted = {0}, found = {0};

	make(PIXELS_RGB, 320, 200, &making, &file);
	assert_int_equal(decode(&file, LIBJPEG, all_kept, 1, &wanted), 0);
	assert_int_equal(decode(&file, COEFFICIENTS, means, 1, &found), 0);
	assert_memory_equal(found.bytes, wanted.bytes, wanted.length);
	assert_int_equal(decode(&file, LIBJPEG, all_kept, 2, &wanted), 0);
	assert_int_equal(decode(&file, COEFFICIENTS, lowest, 2, &found), 0);
	assert_true(difference(&found, &wanted) < 2);
	buffer_release(&file);
	buffer_release(&wanted);
	buffer_release(&found);
}

TEST(smoothing_makes_up_for_bits_that_never_come)
{
	static const jpeg_scan_info script[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 4}};
	const struct jpeg_making making = {.script = script, .scans = COUNT(script)};
	struct pixels picture = picture_new(PIXELS_GRAY, 320, 200);
	struct buffer whole = {0}, file = {0}, wanted = {0}, rough_rows = {0}, smooth_rows = {0};

	picture_to_jpeg(&picture, NULL, &whole);
	picture_to_jpeg(&picture, &making, &file);
	assert_int_equal(decode(&whole, LIBJPEG, all_kept, 8, &wanted), 0);
	assert_int_equal(decode(&file, COEFFICIENTS, all_kept, 8, &rough_rows), 0);
	smoothing = 1;
	assert_int_equal(decode(&file, COEFFICIENTS, all_kept, 8, &smooth_rows), 0);
	smoothing = 0;
	assert_true(difference(&smooth_rows, &wanted) * 2 < difference(&rough_rows, &wanted));
	pixels_release(&picture);
	buffer_release(&whole);
	buffer_release(&file);
	buffer_release(&wanted);
	buffer_release(&rough_rows);
	buffer_release(&smooth_rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_of_all_makings_are_those_of_libjpeg),
		cmocka_unit_test(pictures_of_all_sizes_are_those_of_libjpeg),
		cmocka_unit_test(gray_and_ink_are_those_of_libjpeg),
		cmocka_unit_test(what_libjpeg_refuses_is_refused),
		cmocka_unit_test(the_lowest_coefficients_make_a_small_picture),
		cmocka_unit_test(smoothing_makes_up_for_bits_that_never_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
