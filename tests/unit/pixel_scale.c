#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "pixel/kernel.h"
#include "pixel/light.h"
#include "pixel/pixels.h"
#include "pixel/pyramid.h"
#include "pixel/resample.h"
#include "pixel/scale.h"
#include "pixel/taps.h"
#include "test.h"

/* Scale all of `from` with a kernel, its rows coming `step` at a time. */
static struct pixels scale_by(enum kernel kernel, int step, const struct pixels *from,
	struct window window, struct size to)
{
	struct error err = {0};
	struct pyramid pyramid;
	struct kernel_table table;
	struct scale_plan plan = {window, to, &table};
	struct pixels result = {0};
	struct scale *scale;
	int rows = 0;

	kernel_init(&table, kernel);
	pyramid_init(&pyramid, pixels_channels(from->kind), pixels_have_alpha(from->kind),
		from->size, 1, 1, from->stride);
	scale = scale_new(&pyramid, &plan, &err);
	assert_non_null(scale);
	assert_int_equal(pixels_init(&result, from->kind, to, &err), 0);
	for (int y = 0; y < from->size.height; y += step) {
		struct rows *first = &pyramid.level[0].rows;

		pyramid_need_nothing(&pyramid);
		scale_need(scale, rows);
		assert_int_equal(pyramid_reserve(&pyramid, step, &err), 0);
		for (; first->end < y + step && first->end < from->size.height; first->end++)
			memcpy(rows_at(first, first->end), pixels_row(from, first->end),
				from->stride);
		pyramid_push(&pyramid);
		for (; rows < to.height && scale_ready(scale, rows); rows++)
			scale_row(scale, rows, pixels_row(&result, rows));
	}
	assert_int_equal(rows, to.height);
	scale_free(scale);
	pyramid_release(&pyramid);
	return result;
}

static struct pixels scale(const struct pixels *from, struct window window, struct size to)
{
	return scale_by(KERNEL_LANCZOS3, 1, from, window, to);
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

/* A line of the source, seen in cells of `cell` samples. */
struct line {
	int samples, cell;
	double start, length;
};

static int cells(struct line line)
{
	return (line.samples + line.cell - 1) / line.cell;
}

static double fraction(struct line line, int cell)
{
	double left = (double)(line.samples - cell * line.cell) / line.cell;

	return fmin(left, 1);
}

/* The weight of a cell for a result's sample, before the weights are made to add up. */
static double weight(struct line line, int to, int result, int cell)
{
	double step = line.length / line.cell / to;
	double middle = line.start / line.cell + (result + 0.5) * step;

	return fraction(line, cell) * lanczos3((cell + 0.5 - middle) / fmax(step, 1));
}

/* The mean of a channel in a cell, its colours multiplied by alpha. */
static double mean(const struct pixels *from, int cell, int u, int v, int channel)
{
	int channels = pixels_channels(from->kind), count = 0;
	int weighed = pixels_have_alpha(from->kind) && channel < channels - 1;
	double sum = 0;

	for (int y = v * cell; y < (v + 1) * cell && y < from->size.height; y++)
		for (int x = u * cell; x < (u + 1) * cell && x < from->size.width; x++) {
			const unsigned char *pixel = pixels_row(from, y) + x * channels;

			sum += pixel[channel] * (weighed ? pixel[channels - 1] / 255.0 : 1);
			count++;
		}
	return sum / count;
}

/* Whole cells are averaged while there are 1.9 of them for a sample of the result, as the header of
 * the pyramid says. */
static int cell_side(struct window window, struct size to)
{
	double ratio = fmin(window.width / to.width, window.height / to.height);
	int cell = 1;

	while (ratio / (2 * cell) >= 1.9)
		cell *= 2;
	return cell;
}

/* The slow way, straight from the definition, of one channel of one pixel; colours weighed by
 * alpha. */
static double oracle(const struct pixels *from, int cell, struct window window, struct size to,
	int x, int y, int channel)
{
	struct line row = {from->size.width, cell, window.left, window.width};
	struct line column = {from->size.height, cell, window.top, window.height};
	int channels = pixels_channels(from->kind), alpha = pixels_have_alpha(from->kind);
	double sum = 0, weights = 0, alphas = 0;

	for (int v = 0; v < cells(column); v++) {
		double down = weight(column, to.height, y, v);

		for (int u = 0; down != 0 && u < cells(row); u++) {
			double both = down * weight(row, to.width, x, u);

			if (both == 0)
				continue;
			weights += both;
			alphas += alpha ? both * mean(from, cell, u, v, channels - 1) : 0;
			sum += both * mean(from, cell, u, v, channel);
		}
	}
	if (!alpha || channel == channels - 1)
		return fmin(255, fmax(0, sum / weights));
	return alphas > 0 ? fmin(255, fmax(0, sum * 255 / alphas)) : 0;
}

static double off_by(
	const struct pixels *from, const struct pixels *result, struct window window, int cell)
{
	int channels = pixels_channels(from->kind);
	double largest = 0;

	for (int y = 0; y < result->size.height; y++)
		for (int i = 0; i < result->size.width * channels; i++) {
			double right = oracle(
				from, cell, window, result->size, i / channels, y, i % channels);

			largest = fmax(largest, fabs(pixels_row(result, y)[i] - right));
		}
	return largest;
}

static double worst(const struct pixels *from, struct window window, struct size to)
{
	struct pixels result = scale(from, window, to);
	double largest = off_by(from, &result, window, cell_side(window, to));

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
			assert_true(worst(&from, whole(&from), sizes[i]) < 1.6);
		pixels_release(&from);
	}
}

TEST(sides_of_one_pixel_and_odd_ones_agree_with_the_oracle)
{
	static const struct size sizes[] = {{1, 1}, {1, 9}, {9, 1}, {2, 3}, {33, 2}, {64, 64}};
	static const struct size sources[] = {{1, 1}, {1, 33}, {33, 1}, {2, 2}, {3, 131}, {131, 5}};

	for (size_t k = 0; k < COUNT(sources); k++) {
		struct pixels from = noise(PIXELS_RGB, sources[k].width, sources[k].height);

		for (size_t i = 0; i < COUNT(sizes); i++)
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
		assert_true(worst(&from, windows[i], (struct size){3, 2}) < 1.6);
		assert_true(worst(&from, windows[i], (struct size){50, 33}) < 1.6);
	}
	pixels_release(&from);
}

TEST(a_large_picture_made_tiny_agrees_with_the_oracle)
{
	struct pixels even = noise(PIXELS_RGB, 304, 208), odd = noise(PIXELS_RGB, 301, 207);

	assert_true(worst(&even, whole(&even), (struct size){19, 13}) < 2);
	assert_true(worst(&even, whole(&even), (struct size){1, 1}) < 2);
	assert_true(worst(&even, whole(&even), (struct size){1, 100}) < 2);
	/* a last column that is halved again and again counts for more than it is */
	assert_true(worst(&odd, whole(&odd), (struct size){19, 13}) < 6);
	pixels_release(&even);
	pixels_release(&odd);
}

TEST(halving_first_cannot_be_seen_but_in_noise)
{
	struct pixels from = noise(PIXELS_GRAY, 400, 300), result;

	for (int y = 0; y < 300; y++)
		for (int x = 0; x < 400; x++)
			pixels_row(&from, y)[x] = (unsigned char)(127.5 +
				60 * sin(x * 0.11 + y * 0.05) + 60 * cos(x * 0.02 - y * 0.13));
	result = scale(&from, whole(&from), (struct size){40, 30});
	assert_true(off_by(&from, &result, whole(&from), 1) < 3);
	pixels_release(&from);
	pixels_release(&result);
}

TEST(it_does_not_matter_how_many_rows_come_at_a_time)
{
	static const struct size sizes[] = {{13, 11}, {80, 77}, {3, 2}};
	struct pixels from = noise(PIXELS_RGBA, 41, 29);

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct pixels one = scale(&from, whole(&from), sizes[i]);

		for (int step = 2; step < 40; step += 5) {
			struct pixels many =
				scale_by(KERNEL_LANCZOS3, step, &from, whole(&from), sizes[i]);

			assert_memory_equal(
				many.bytes, one.bytes, one.stride * (size_t)one.size.height);
			pixels_release(&many);
		}
		pixels_release(&one);
	}
	pixels_release(&from);
}

TEST(every_kernel_keeps_what_is_even_and_has_its_own_shape)
{
	/* the middle of a bright column, made four times as large */
	static const int least[] = {240, 240, 240, 190, 240, 255},
			 most[] = {255, 255, 255, 230, 255, 255};
	struct pixels flat = noise(PIXELS_GRAY, 41, 29), line = noise(PIXELS_GRAY, 9, 9);

	memset(flat.bytes, 77, flat.stride * 29);
	for (int i = 0; i < 9 * 9; i++)
		line.bytes[i] = i % 9 == 4 ? 255 : 0;
	for (int kernel = KERNEL_LANCZOS3; kernel <= KERNEL_BOX; kernel++) {
		struct pixels large = scale_by(
			(enum kernel)kernel, 1, &line, whole(&line), (struct size){45, 45});
		struct pixels small = scale_by(
			(enum kernel)kernel, 1, &flat, whole(&flat), (struct size){17, 50});

		for (int i = 0; i < 17 * 50; i++)
			assert_int_equal(small.bytes[i], 77);
		assert_in_range(large.bytes[22 * 45 + 22], least[kernel], most[kernel]);
		assert_int_equal(large.bytes[22 * 45 + 2], 0);
		pixels_release(&large);
		pixels_release(&small);
	}
	pixels_release(&flat);
	pixels_release(&line);
}

TEST(off_the_line_its_last_sample_counts)
{
	struct kernel_table kernel;
	struct error err;

	kernel_init(&kernel, KERNEL_LANCZOS3);
	for (double start = -400; start < 500; start += 0.7) {
		const struct taps_line line = {
			.samples = 100, .last = 1, .start = start, .length = 300};
		struct taps taps = {0};

		assert_int_equal(taps_init(&taps, &kernel, &line, 3, &err), 0);
		for (size_t i = 0; i < 3 * taps.stride; i++)
			assert_in_range(taps.weights[i] + TAPS_ONE, 0, 2 * TAPS_ONE);
		taps_release(&taps);
	}
}

TEST(light_is_halved_to_the_mean_of_four)
{
	const float upper[] = {1, 10, 2, 20, 3, 30, 4, 40}, lower[] = {5, 50, 6, 60, 7, 70, 9, 90};
	float row[4];

	light_halve(upper, lower, row, 2, 2);
	assert_true(row[0] == 3.5f && row[1] == 35 && row[2] == 5.75f && row[3] == 57.5f);
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

TEST(a_picture_in_memory_is_resampled_as_one_that_comes_in_rows)
{
	struct pixels from = noise(PIXELS_RGB, 61, 47), to = {0};
	const struct window window = {3.5, 2, 40, 31.25};
	struct pixels right = scale_by(KERNEL_LINEAR, 7, &from, window, (struct size){19, 13});
	struct error err = {0};

	assert_int_equal(pixels_init(&to, PIXELS_RGB, right.size, &err), 0);
	assert_int_equal(resample(&from, &window, KERNEL_LINEAR, &to, &err), 0);
	assert_memory_equal(to.bytes, right.bytes, to.stride * (size_t)to.size.height);
	pixels_release(&to);
	pixels_release(&right);
	pixels_release(&from);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(scaling_agrees_with_a_slow_oracle),
		cmocka_unit_test(sides_of_one_pixel_and_odd_ones_agree_with_the_oracle),
		cmocka_unit_test(a_window_is_cut_between_pixels),
		cmocka_unit_test(a_large_picture_made_tiny_agrees_with_the_oracle),
		cmocka_unit_test(halving_first_cannot_be_seen_but_in_noise),
		cmocka_unit_test(it_does_not_matter_how_many_rows_come_at_a_time),
		cmocka_unit_test(every_kernel_keeps_what_is_even_and_has_its_own_shape),
		cmocka_unit_test(off_the_line_its_last_sample_counts),
		cmocka_unit_test(light_is_halved_to_the_mean_of_four),
		cmocka_unit_test(a_ramp_stays_a_ramp),
		cmocka_unit_test(an_even_surface_stays_even),
		cmocka_unit_test(what_is_not_scaled_comes_out_byte_for_byte),
		cmocka_unit_test(what_cannot_be_seen_leaves_no_fringe),
		cmocka_unit_test(a_picture_in_memory_is_resampled_as_one_that_comes_in_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
