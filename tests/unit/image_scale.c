#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/pixels.h"
#include "image/scale.h"
#include "test.h"

/* Scale all of `from` at once. */
static struct pixels scale(const struct pixels *from, struct window window, struct size to)
{
	struct error err = {0};
	struct scale *scale = scale_new(from->kind, from->size, &window, to, &err);
	struct pixels result = {0};
	int rows = 0;

	assert_non_null(scale);
	assert_int_equal(pixels_init(&result, from->kind, to, &err), 0);
	for (int y = 0; y < from->size.height; y++) {
		scale_push(scale, pixels_row(from, y));
		while (rows < to.height && scale_pull(scale, pixels_row(&result, rows)))
			rows++;
	}
	assert_int_equal(rows, to.height);
	assert_int_equal(scale_pull(scale, NULL), 0);
	scale_free(scale);
	return result;
}

static struct window whole(const struct pixels *picture)
{
	return (struct window){0, 0, picture->size.width, picture->size.height};
}

static struct pixels noise(enum pixels_kind kind, int width, int height)
{
	struct pixels picture = {0};
	struct error err = {0};
	unsigned seed = 1;

	assert_int_equal(pixels_init(&picture, kind, (struct size){width, height}, &err), 0);
	for (size_t i = 0; i < picture.stride * (size_t)height; i++) {
		seed = seed * 1103515245 + 12345;
		picture.bytes[i] = (unsigned char)(seed >> 16);
	}
	return picture;
}

static double lanczos3(double x)
{
	const double pi = acos(-1);

	if (x == 0)
		return 1;
	return fabs(x) < 3 ? 3 * sin(pi * x) * sin(pi * x / 3) / (pi * pi * x * x) : 0;
}

/* The weight of a source sample for a result's sample, before the weights are made to add up. */
static double weight(double start, double length, int to, int result, int source)
{
	double step = length / to, middle = start + (result + 0.5) * step;

	return lanczos3((source + 0.5 - middle) / fmax(step, 1));
}

/* The slow way, straight from the definition, of one channel of one pixel; colours weighed by
 * alpha. */
static double oracle(
	const struct pixels *from, struct window window, struct size to, int x, int y, int channel)
{
	int channels = pixels_channels(from->kind), alpha = pixels_have_alpha(from->kind);
	double sum = 0, weights = 0, alphas = 0;

	for (int v = 0; v < from->size.height; v++) {
		double down = weight(window.top, window.height, to.height, y, v);
		const unsigned char *pixel = pixels_row(from, v);

		for (int u = 0; down != 0 && u < from->size.width; u++, pixel += channels) {
			double both = down * weight(window.left, window.width, to.width, x, u);
			double opaque = alpha ? pixel[channels - 1] : 255;

			weights += both;
			alphas += both * opaque;
			sum += both * pixel[channel] *
				(alpha && channel < channels - 1 ? opaque / 255 : 1);
		}
	}
	if (!alpha || channel == channels - 1)
		return fmin(255, fmax(0, sum / weights));
	return alphas > 0 ? fmin(255, fmax(0, sum * 255 / alphas)) : 0;
}

static double worst(const struct pixels *from, struct window window, struct size to)
{
	struct pixels result = scale(from, window, to);
	int channels = pixels_channels(from->kind);
	double largest = 0;

	for (int y = 0; y < to.height; y++)
		for (int i = 0; i < to.width * channels; i++) {
			double right = oracle(from, window, to, i / channels, y, i % channels);

			largest = fmax(largest, fabs(pixels_row(&result, y)[i] - right));
		}
	pixels_release(&result);
	return largest;
}

TEST(scaling_agrees_with_a_slow_oracle)
{
	static const struct size sizes[] = {
		{13, 11}, {40, 30}, {41, 29}, {7, 30}, {80, 17}, {1, 1}, {97, 61}, {6, 5}};

	for (int kind = PIXELS_GRAY; kind <= PIXELS_CMYK; kind++) {
		struct pixels from = noise((enum pixels_kind)kind, 41, 29);

		if (pixels_have_alpha(from.kind))
			for (size_t i = 0; i < from.stride * 29; i++)
				from.bytes[i] |= 0xc0;
		for (size_t i = 0; i < COUNT(sizes); i++)
			if (sizes[i].width * 8 > 41 && sizes[i].height * 8 > 29)
				assert_true(worst(&from, whole(&from), sizes[i]) < 1.6);
		pixels_release(&from);
	}
}

TEST(a_window_is_cut_between_pixels)
{
	static const struct window windows[] = {
		{0.5, 0.25, 20, 10}, {3.7, 2.2, 31.1, 20.9}, {20, 19, 21, 10}};
	struct pixels from = noise(PIXELS_RGB, 41, 29);

	for (size_t i = 0; i < COUNT(windows); i++) {
		assert_true(worst(&from, windows[i], (struct size){9, 7}) < 1.6);
		assert_true(worst(&from, windows[i], (struct size){50, 33}) < 1.6);
	}
	pixels_release(&from);
}

TEST(a_large_picture_made_tiny_stays_close_to_the_oracle)
{
	struct pixels from = noise(PIXELS_RGB, 301, 207);

	assert_true(worst(&from, whole(&from), (struct size){19, 13}) < 2);
	assert_true(worst(&from, whole(&from), (struct size){1, 1}) < 2);
	assert_true(worst(&from, whole(&from), (struct size){1, 100}) < 2);
	pixels_release(&from);
}

TEST(a_ramp_stays_a_ramp)
{
	static const int widths[] = {64, 100, 200, 256, 300, 777};
	struct pixels ramp = noise(PIXELS_GRAY, 256, 8);

	for (size_t i = 0; i < 256 * 8; i++)
		ramp.bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < COUNT(widths); i++) {
		struct size to = {widths[i], 4};
		struct pixels result = scale(&ramp, whole(&ramp), to);
		double step = 256.0 / to.width;
		/* at the ends half the kernel is missing */
		int margin = (int)ceil(3 * fmax(1, 1 / step)) + 3;

		for (int x = margin; x < to.width - margin; x++)
			assert_true(fabs(result.bytes[x] - ((x + 0.5) * step - 0.5)) < 1.1);
		pixels_release(&result);
	}
	pixels_release(&ramp);
}

TEST(an_even_surface_stays_even)
{
	static const struct size sizes[] = {{3, 2}, {30, 20}, {31, 77}, {500, 400}};

	for (int value = 0; value < 256; value += 5) {
		struct pixels flat = noise(PIXELS_RGBA, 300, 200);

		memset(flat.bytes, value, flat.stride * 200);
		for (int i = 3; i < 300 * 200 * 4; i += 4)
			flat.bytes[i] = 255;
		for (size_t i = 0; i < COUNT(sizes); i++) {
			struct pixels result = scale(&flat, whole(&flat), sizes[i]);

			for (int k = 0; k < sizes[i].width * sizes[i].height * 4; k++)
				assert_int_equal(result.bytes[k], k % 4 == 3 ? 255 : value);
			pixels_release(&result);
		}
		pixels_release(&flat);
		value += value % 2 ? 20 : 30;
	}
}

TEST(what_is_not_scaled_comes_out_byte_for_byte)
{
	struct pixels from = noise(PIXELS_RGBA, 41, 29);
	struct pixels same = scale(&from, whole(&from), from.size);
	struct pixels cut = scale(&from, (struct window){5, 7, 20, 11}, (struct size){20, 11});

	assert_memory_equal(same.bytes, from.bytes, from.stride * 29);
	for (int y = 0; y < 11; y++)
		assert_memory_equal(pixels_row(&cut, y), pixels_row(&from, y + 7) + 5 * 4, 20 * 4);
	pixels_release(&from);
	pixels_release(&same);
	pixels_release(&cut);
}

TEST(what_cannot_be_seen_leaves_no_fringe)
{
	/* white, next to black that is transparent */
	static const struct size sizes[] = {{7, 7}, {33, 33}, {3, 5}};
	struct pixels from = noise(PIXELS_RGBA, 64, 64);

	for (int i = 0; i < 64 * 64; i++)
		memset(from.bytes + i * 4, i % 64 < 29 ? 255 : 0, 4);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct pixels result = scale(&from, whole(&from), sizes[i]);

		for (int k = 0; k < sizes[i].width * sizes[i].height * 4; k += 4)
			if (result.bytes[k + 3] > 8)
				assert_true(result.bytes[k] > 245);
		pixels_release(&result);
	}
	pixels_release(&from);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(scaling_agrees_with_a_slow_oracle),
		cmocka_unit_test(a_window_is_cut_between_pixels),
		cmocka_unit_test(a_large_picture_made_tiny_stays_close_to_the_oracle),
		cmocka_unit_test(a_ramp_stays_a_ramp),
		cmocka_unit_test(an_even_surface_stays_even),
		cmocka_unit_test(what_is_not_scaled_comes_out_byte_for_byte),
		cmocka_unit_test(what_cannot_be_seen_leaves_no_fringe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
