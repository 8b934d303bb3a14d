#include "image/quality.h"

#include <math.h>

#include "pixel/luma.h"

#include "image/jpeg_tables.h"
#include "image/limits.h"
#include "picture.h"

static struct pixels gray_new(int width, int height)
{
	struct pixels picture = {0};
	struct error err = {0};

	assert_int_equal(pixels_init(&picture, PIXELS_GRAY, (struct size){width, height}, &err), 0);
	return picture;
}

static void fill(struct pixels *picture, unsigned char value)
{
	memset(picture->bytes, value, picture->stride * (size_t)picture->size.height);
}

static unsigned random_byte(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16 & 255;
}

/* Add noise of about `deviation`, normal enough. */
static void add_noise(struct pixels *picture, double deviation)
{
	unsigned seed = 5;

	for (size_t i = 0; i < picture->stride * (size_t)picture->size.height; i++) {
		double sum = 0, value;

		for (int k = 0; k < 12; k++)
			sum += random_byte(&seed) / 255.0 - 0.5;
		value = picture->bytes[i] + sum * deviation;
		picture->bytes[i] = (unsigned char)(value < 0 ? 0
				: value > 255		      ? 255
							      : value + 0.5);
	}
}

/* A scene that is the same at every size: bright and dark discs, whose edges are `soft` of the
 * longer side wide. */
static struct pixels scene(int width, int height, double soft)
{
	static const double discs[][4] = {{0.2, 0.2, 0.15, 220}, {0.6, 0.25, 0.2, 40},
		{0.3, 0.5, 0.1, 180}, {0.75, 0.55, 0.12, 240}, {0.5, 0.6, 0.05, 10},
		{0.12, 0.6, 0.08, 90}, {0.9, 0.15, 0.06, 140}};
	struct pixels picture = gray_new(width, height);
	double side = width > height ? width : height;

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			double u = (x + 0.5) / side, v = (y + 0.5) / side, value = 110 + 40 * u;

			for (size_t i = 0; i < COUNT(discs); i++) {
				double across = u - discs[i][0], down = v - discs[i][1];
				double inside = discs[i][2] - sqrt(across * across + down * down);
				double share = inside / fmax(soft, 1 / side) + 0.5;

				share = fmin(fmax(share, 0), 1);
				value += share * (discs[i][3] - value);
			}
			pixels_row(&picture, y)[x] = (unsigned char)(value + 0.5);
		}
	return picture;
}

/* Average each pixel with its neighbours, so many to either side, across or down. */
static void blur(struct pixels *picture, int radius, int across)
{
	int width = picture->size.width, height = picture->size.height;
	struct pixels from = gray_new(width, height);

	memcpy(from.bytes, picture->bytes, from.stride * (size_t)height);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			int sum = 0, count = 0;

			for (int k = -radius; k <= radius; k++) {
				int u = across ? x + k : x, v = across ? y : y + k;

				if (u < 0 || u >= width || v < 0 || v >= height)
					continue;
				sum += pixels_row(&from, v)[u];
				count++;
			}
			pixels_row(picture, y)[x] = (unsigned char)((sum + count / 2) / count);
		}
	pixels_release(&from);
}

/* Measure gray rows, and free them. */
static struct image_quality measured(struct pixels picture)
{
	struct quality quality = {0};
	struct image_quality figures = {0};
	struct error err = {0};

	assert_int_equal(quality_init(&quality, picture.size, &err), 0);
	for (int y = 0; y < picture.size.height; y++)
		quality_add(&quality, pixels_row(&picture, y));
	quality_finish(&quality, &figures);
	quality_release(&quality);
	pixels_release(&picture);
	return figures;
}

/* Measure a file that may be refused. */
static int try_measure(const struct buffer *file, struct image_quality *figures, struct error *err)
{
	struct stream in;
	struct image *image;
	int rc = -1;

	stream_from_memory(&in, file->bytes, file->length);
	image = image_open(&in, &no_limits, err);
	if (image)
		rc = image_measure(image, figures, err);
	image_free(image);
	stream_close(&in);
	return rc;
}

static struct image_quality measured_file(const struct buffer *file)
{
	struct image_quality figures = {0};
	struct error err = {0};

	if (try_measure(file, &figures, &err))
		fail_msg("%s: %s", error_type_name(err.type), err.text);
	return figures;
}

static void assert_near(double is, double expected, double most)
{
	if (!(fabs(is - expected) <= most))
		fail_msg("%g is not within %g of %g", is, most, expected);
}

static void assert_alike(const struct image_quality *a, const struct image_quality *b, double most)
{
	assert_near(a->sharpness, b->sharpness, most);
	assert_near(a->brightness, b->brightness, most);
	assert_near(a->contrast, b->contrast, most);
}

static const struct size odd_sizes[] = {{1, 1}, {1, 2}, {2, 1}, {3, 3}, {5, 1}, {1, 500}, {500, 1},
	{9, 7}, {20000, 3}, {3, 20000}, {383, 384}, {384, 385}, {767, 768}, {769, 10},
	{1500, 1100}};

TEST(a_flat_picture_of_any_size_is_as_bright_as_its_gray_and_has_nothing_else)
{
	for (size_t i = 0; i < COUNT(odd_sizes); i++)
		for (int value = 0; value <= 255; value += 51) {
			struct pixels picture = gray_new(odd_sizes[i].width, odd_sizes[i].height);
			struct image_quality figures;

			fill(&picture, (unsigned char)value);
			figures = measured(picture);
			assert_near(figures.brightness, value / 2.55, 0.05);
			assert_near(figures.contrast, 0, 0);
			assert_near(figures.sharpness, 0, 0);
		}
}

TEST(figures_of_any_picture_of_any_size_are_within_their_range)
{
	unsigned seed = 1;

	for (size_t i = 0; i < COUNT(odd_sizes); i++) {
		struct pixels picture = gray_new(odd_sizes[i].width, odd_sizes[i].height);
		struct image_quality figures;

		for (size_t k = 0; k < picture.stride * (size_t)picture.size.height; k++)
			picture.bytes[k] = random_byte(&seed) > 127 ? 255 : 0;
		figures = measured(picture);
		assert_true(figures.sharpness >= 0 && figures.sharpness <= 100);
		assert_true(figures.brightness >= 0 && figures.brightness <= 100);
		assert_true(figures.contrast >= 0 && figures.contrast <= 100);
	}
}

TEST(brightness_is_the_mean_and_contrast_twice_the_deviation)
{
	struct pixels halves = gray_new(400, 300), ramp = gray_new(510, 300);
	struct image_quality figures;

	for (int y = 0; y < 300; y++) {
		memset(pixels_row(&halves, y) + 200, 255, 200);
		for (int x = 0; x < 510; x++)
			pixels_row(&ramp, y)[x] = (unsigned char)(x / 2);
	}
	figures = measured(halves);
	assert_near(figures.brightness, 50, 0);
	assert_near(figures.contrast, 100, 0);
	figures = measured(ramp);
	assert_near(figures.brightness, 100 * 127.0 / 255, 0.1);
	assert_near(figures.contrast, 200 / sqrt(12), 0.2);
}

TEST(an_edge_is_sharp_and_a_slope_is_not)
{
	static const struct size sizes[] = {{300, 200}, {800, 600}, {3000, 1000}};

	for (size_t i = 0; i < COUNT(sizes); i++)
		for (int down = 0; down < 2; down++) {
			int width = sizes[i].width, height = sizes[i].height;
			struct pixels edge = gray_new(width, height),
				      slope = gray_new(width, height);

			for (int y = 0; y < height; y++)
				for (int x = 0; x < width; x++) {
					int side = down ? height : width;
					int at = down ? y + x / 5 : x + y / 5;

					pixels_row(&edge, y)[x] = at < side / 2 ? 30 : 200;
					pixels_row(&slope, y)[x] =
						(unsigned char)(160 * x / width + 40 * y / height);
				}
			assert_near(measured(edge).sharpness, 100, 15);
			assert_near(measured(slope).sharpness, 0, 8);
		}
}

static struct pixels board(int width, int height, int square)
{
	struct pixels picture = gray_new(width, height);

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			pixels_row(&picture, y)[x] = (x / square + y / square) % 2 ? 255 : 0;
	return picture;
}

TEST(a_board_is_sharp_if_its_squares_are_seen)
{
	struct image_quality figures = measured(board(1024, 768, 64));

	assert_near(figures.sharpness, 100, 2);
	assert_near(figures.brightness, 50, 0);
	assert_near(figures.contrast, 100, 0.1);
	/* squares of one cell are what noise looks like, and smaller ones are gray */
	figures = measured(board(300, 200, 1));
	assert_near(figures.sharpness, 0, 0);
	assert_near(figures.contrast, 100, 0.1);
	figures = measured(board(3072, 2304, 1));
	assert_near(figures.sharpness, 0, 0);
	assert_near(figures.brightness, 50, 0.3);
	assert_near(figures.contrast, 0, 0);
}

TEST(noise_alone_is_not_sharp)
{
	static const struct size sizes[] = {{60, 40}, {300, 300}, {600, 400}, {1000, 750}};

	for (size_t i = 0; i < COUNT(sizes); i++)
		for (int deviation = 1; deviation <= 40; deviation *= 3) {
			struct pixels picture = gray_new(sizes[i].width, sizes[i].height);

			fill(&picture, 120);
			add_noise(&picture, deviation);
			assert_near(measured(picture).sharpness, 0, 0);
		}
}

TEST(noise_hardly_changes_a_picture_with_edges)
{
	for (int blurred = 0; blurred < 2; blurred++) {
		double soft = blurred ? 0.02 : 0;
		struct pixels noisy = scene(1200, 900, soft);
		struct image_quality plain = measured(scene(1200, 900, soft)), figures;

		add_noise(&noisy, 6);
		figures = measured(noisy);
		assert_alike(&figures, &plain, 8);
	}
}

TEST(the_more_it_is_blurred_the_less_sharp_it_is)
{
	struct pixels picture = scene(900, 700, 0);
	double before = 100;

	for (int times = 0; times < 6; times++) {
		struct pixels copy = gray_new(900, 700);
		double now;

		blur(&picture, 2 + times, 0);
		blur(&picture, 2 + times, 1);
		memcpy(copy.bytes, picture.bytes, 900 * 700);
		now = measured(copy).sharpness;
		assert_true(now < before);
		before = now;
	}
	assert_near(before, 0, 8);
	pixels_release(&picture);
}

TEST(blur_in_one_direction_is_blur)
{
	for (int across = 0; across < 2; across++) {
		struct pixels picture = scene(900, 700, 0);

		blur(&picture, 10, across);
		assert_true(measured(picture).sharpness < 30);
	}
}

TEST(a_sharp_subject_before_a_soft_background_is_sharp)
{
	struct pixels picture = scene(900, 700, 0.04), sharp = scene(900, 700, 0);

	for (int y = 120; y < 320; y++)
		memcpy(pixels_row(&picture, y) + 380, pixels_row(&sharp, y) + 380, 330);
	assert_true(measured(scene(900, 700, 0.04)).sharpness < 15);
	assert_true(measured(picture).sharpness > 60);
	pixels_release(&sharp);
}

TEST(size_does_not_matter)
{
	static const double softness[] = {0, 0.003, 0.01, 0.04};

	for (size_t i = 0; i < COUNT(softness); i++) {
		struct image_quality first = measured(scene(1800, 1350, softness[i]));

		for (int width = 1500; width >= 400; width -= width / 5) {
			struct image_quality figures =
				measured(scene(width, width * 3 / 4, softness[i]));

			assert_alike(&figures, &first, 10);
		}
	}
}

static void turn(struct pixels *picture)
{
	struct pixels turned = gray_new(picture->size.height, picture->size.width);

	for (int y = 0; y < turned.size.height; y++)
		for (int x = 0; x < turned.size.width; x++)
			pixels_row(&turned, y)[x] =
				pixels_row(picture, turned.size.width - 1 - x)[y];
	pixels_release(picture);
	*picture = turned;
}

TEST(how_a_picture_is_turned_does_not_matter)
{
	struct image_quality first = measured(scene(1001, 701, 0.004));

	for (int turns = 1; turns < 4; turns++) {
		struct pixels picture = scene(1001, 701, 0.004);
		struct image_quality figures;

		for (int i = 0; i < turns; i++)
			turn(&picture);
		figures = measured(picture);
		assert_alike(&figures, &first, 2);
	}
	for (int orientation = 1; orientation <= 8; orientation++) {
		struct pixels picture = scene(1001, 701, 0.004);
		struct buffer exif = {0}, file = {0};
		struct image_quality figures;

		exif_of(orientation, &exif);
		picture_to_jpeg(&picture, &(struct jpeg_making){.exif = &exif}, &file);
		figures = measured_file(&file);
		assert_alike(&figures, &first, 3);
		buffer_release(&exif);
		buffer_release(&file);
		pixels_release(&picture);
	}
}

static struct pixels colored(const struct pixels *gray, enum pixels_kind kind)
{
	struct pixels picture = {0};
	struct error err = {0};
	int channels = pixels_channels(kind), alpha = pixels_have_alpha(kind);

	assert_int_equal(pixels_init(&picture, kind, gray->size, &err), 0);
	for (int y = 0; y < gray->size.height; y++)
		for (int x = 0; x < gray->size.width; x++)
			for (int c = 0; c < channels; c++)
				pixels_row(&picture, y)[x * channels + c] =
					alpha && c == channels - 1 ? 255 : pixels_row(gray, y)[x];
	return picture;
}

TEST(formats_give_the_same_figures)
{
	static const int widths[] = {300, 1000, 1700};

	for (size_t i = 0; i < COUNT(widths); i++) {
		struct pixels gray = scene(widths[i], widths[i] * 2 / 3, 0.003);
		struct pixels rgb = colored(&gray, PIXELS_RGB), rgba = colored(&gray, PIXELS_RGBA);
		struct buffer files[6] = {{0}};
		struct image_quality first = measured(gray);

		picture_to_png(&rgb, &files[0]);
		picture_to_png(&rgba, &files[1]);
		picture_to_jpeg(&rgb, &(struct jpeg_making){.subsampled = 1}, &files[2]);
		picture_to_jpeg(&rgb, &(struct jpeg_making){.progressive = 1}, &files[3]);
		picture_to_webp(&rgb, 95, &files[4]);
		picture_to_webp(&rgba, 90, &files[5]);
		for (size_t k = 0; k < COUNT(files); k++) {
			struct image_quality figures = measured_file(&files[k]);

			assert_alike(&figures, &first, 6);
			assert_near(figures.brightness, first.brightness, 0.5);
			assert_int_equal(figures.jpeg_quality, k == 2 || k == 3 ? 95 : 0);
			buffer_release(&files[k]);
		}
		pixels_release(&rgb);
		pixels_release(&rgba);
	}
}

TEST(luma_is_that_of_jpeg_and_transparency_is_white)
{
	static const struct {
		enum pixels_kind kind;
		unsigned char pixel[4], luma;
	} cases[] = {
		{PIXELS_GRAY, {7}, 7},
		{PIXELS_GRAY_ALPHA, {7, 255}, 7},
		{PIXELS_GRAY_ALPHA, {7, 0}, 255},
		{PIXELS_GRAY_ALPHA, {0, 51}, 204},
		{PIXELS_RGB, {255, 255, 255}, 255},
		{PIXELS_RGB, {255, 0, 0}, 76},
		{PIXELS_RGB, {0, 255, 0}, 150},
		{PIXELS_RGB, {0, 0, 255}, 29},
		{PIXELS_RGB, {90, 90, 90}, 90},
		{PIXELS_RGBA, {255, 0, 0, 255}, 76},
		{PIXELS_RGBA, {255, 0, 0, 0}, 255},
		{PIXELS_CMYK, {0, 0, 0, 0}, 255},
		{PIXELS_CMYK, {0, 255, 255, 0}, 76},
		{PIXELS_CMYK, {0, 0, 0, 255}, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char row[3 * 4], luma[4] = {0, 0, 0, 99};
		int channels = pixels_channels(cases[i].kind);

		for (int x = 0; x < 3; x++)
			memcpy(row + x * channels, cases[i].pixel, (size_t)channels);
		luma_row(cases[i].kind, row, luma, 3);
		for (int x = 0; x < 3; x++)
			assert_int_equal(luma[x], cases[i].luma);
		assert_int_equal(luma[3], 99);
	}
}

TEST(the_quality_of_libjpegs_tables_is_found)
{
	for (int baseline = 0; baseline < 2; baseline++)
		for (int quality = 1; quality <= 100; quality++) {
			struct jpeg_compress_struct jpeg;
			struct jpeg_error_mgr errors;

			jpeg.err = jpeg_std_error(&errors);
			jpeg_create_compress(&jpeg);
			jpeg.in_color_space = JCS_RGB;
			jpeg.input_components = 3;
			jpeg_set_defaults(&jpeg);
			jpeg_set_quality(&jpeg, quality, (boolean)baseline);
			assert_int_equal(
				jpeg_tables_quality(jpeg.quant_tbl_ptrs[0]->quantval), quality);
			jpeg_destroy_compress(&jpeg);
		}
}

TEST(other_tables_have_the_quality_that_is_nearest)
{
	uint16_t table[64];

	for (int i = 0; i < 64; i++)
		table[i] = 1;
	assert_int_equal(jpeg_tables_quality(table), 100);
	for (int i = 0; i < 64; i++)
		table[i] = 58; /* the mean of T.81's, which is quality 50 */
	assert_near(jpeg_tables_quality(table), 50, 10);
	for (int i = 0; i < 64; i++)
		table[i] = 65535;
	assert_int_equal(jpeg_tables_quality(table), 1);
}

TEST(a_jpeg_of_any_colours_has_a_quality)
{
	static const enum pixels_kind kinds[] = {PIXELS_GRAY, PIXELS_RGB, PIXELS_CMYK};

	for (size_t i = 0; i < COUNT(kinds); i++)
		for (int quality = 5; quality <= 100; quality += 19) {
			struct pixels picture = picture_new(kinds[i], 40, 30);
			struct buffer file = {0};

			picture_to_jpeg(&picture, &(struct jpeg_making){.quality = quality}, &file);
			assert_int_equal(measured_file(&file).jpeg_quality, quality);
			buffer_release(&file);
			pixels_release(&picture);
		}
}

TEST(limits_refuse_with_both_numbers_and_a_figure_at_its_limit_passes)
{
	static const struct image_quality figures = {29.9, 40, 7.5, 84},
					  no_jpeg = {29.9, 40, 7.5, 0};
	static const struct {
		struct image_quality_limits limits;
		const char *text;
	} cases[] = {
		{{30, -1, -1, -1, -1}, "sharpness 29.9 is under the limit of 30"},
		{{-1, 41, -1, -1, -1}, "brightness 40 is under the limit of 41"},
		{{-1, -1, 39, -1, -1}, "brightness 40 is over the limit of 39"},
		{{-1, -1, -1, 8, -1}, "contrast 7.5 is under the limit of 8"},
		{{-1, -1, -1, -1, 85}, "jpeg quality 84 is under the limit of 85"},
		{{29, 40, 40, 7, 84}, NULL},
		{{-1, -1, -1, -1, -1}, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};
		int rc = limits_quality(&cases[i].limits, &figures, &err);

		assert_int_equal(rc, cases[i].text ? -1 : 0);
		assert_string_equal(err.text, cases[i].text ? cases[i].text : "");
		assert_true(!rc || err.type == ERROR_LIMIT);
		assert_int_equal(limits_any_quality(&cases[i].limits), i != COUNT(cases) - 1);
	}
	assert_int_equal(limits_quality(&cases[4].limits, &no_jpeg, &(struct error){0}), 0);
}

static void make(enum image_format format, struct buffer *file)
{
	struct pixels picture = picture_new(PIXELS_RGB, 60, 50);

	if (format == IMAGE_JPEG)
		picture_to_jpeg(&picture, NULL, file);
	else if (format == IMAGE_PNG)
		picture_to_png(&picture, file);
	else
		picture_to_webp(&picture, 80, file);
	pixels_release(&picture);
}

TEST(a_picture_that_breaks_off_is_invalid)
{
	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++) {
		struct buffer file = {0};

		make((enum image_format)format, &file);
		for (size_t length = file.length - 1; length > 0; length -= 1 + length / 20) {
			struct image_quality figures;
			struct error err = {0};

			file.length = length;
			assert_int_equal(try_measure(&file, &figures, &err), -1);
			assert_int_equal(err.type, ERROR_INVALID);
		}
		buffer_release(&file);
	}
}

/* Whatever is done to a file, it is refused or has figures; sanitizers watch. */
TEST(spoilt_files_do_no_harm)
{
	unsigned seed = 7;

	for (int format = IMAGE_JPEG; format <= IMAGE_WEBP; format++) {
		struct buffer file = {0};

		make((enum image_format)format, &file);
		for (int i = 0; i < 400; i++) {
			struct buffer spoilt = {0};
			struct image_quality figures;
			struct error err = {0};

			buffer_append(&spoilt, file.bytes, file.length);
			for (int k = 0; k < 3; k++) {
				size_t at = random_byte(&seed) << 8 | random_byte(&seed);

				spoilt.bytes[at % spoilt.length] = (char)random_byte(&seed);
			}
			if (try_measure(&spoilt, &figures, &err))
				assert_true(err.type == ERROR_INVALID || err.type == ERROR_LIMIT);
			buffer_release(&spoilt);
		}
		buffer_release(&file);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_flat_picture_of_any_size_is_as_bright_as_its_gray_and_has_nothing_else),
		cmocka_unit_test(figures_of_any_picture_of_any_size_are_within_their_range),
		cmocka_unit_test(brightness_is_the_mean_and_contrast_twice_the_deviation),
		cmocka_unit_test(an_edge_is_sharp_and_a_slope_is_not),
		cmocka_unit_test(a_board_is_sharp_if_its_squares_are_seen),
		cmocka_unit_test(noise_alone_is_not_sharp),
		cmocka_unit_test(noise_hardly_changes_a_picture_with_edges),
		cmocka_unit_test(the_more_it_is_blurred_the_less_sharp_it_is),
		cmocka_unit_test(blur_in_one_direction_is_blur),
		cmocka_unit_test(a_sharp_subject_before_a_soft_background_is_sharp),
		cmocka_unit_test(size_does_not_matter),
		cmocka_unit_test(how_a_picture_is_turned_does_not_matter),
		cmocka_unit_test(formats_give_the_same_figures),
		cmocka_unit_test(luma_is_that_of_jpeg_and_transparency_is_white),
		cmocka_unit_test(the_quality_of_libjpegs_tables_is_found),
		cmocka_unit_test(other_tables_have_the_quality_that_is_nearest),
		cmocka_unit_test(a_jpeg_of_any_colours_has_a_quality),
		cmocka_unit_test(limits_refuse_with_both_numbers_and_a_figure_at_its_limit_passes),
		cmocka_unit_test(a_picture_that_breaks_off_is_invalid),
		cmocka_unit_test(spoilt_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
