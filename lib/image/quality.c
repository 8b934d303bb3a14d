#include "image/quality.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"

#include "image/image.h"

/* Samples worked on side by side, so that a compiler finds its vectors. */
#define LANES 16

/* Added to coarse steps, so that a picture with hardly any is not sharp. */
#define FAINT 1.0

/* The mean square of steps that may come of rounding. */
#define ROUNDING 1.0

/* The eighth root of the mean eighth power of noise's steps is 1.8 times their root mean square,
 * if they are normally distributed; this is a little more, to be on the safe side. */
#define NOISE_PEAK 2.0

/* The ratios of fine to coarse steps on a slope and across an edge. An edge is crossed by a fourth
 * of the share of fine steps that it is of coarse ones, and roots of means are compared. */
#define SLOPE 0.25
#define EDGE pow(0.25, 1.0 / 8)

int quality_cell(struct size size)
{
	int longer = size.width > size.height ? size.width : size.height;

	return longer < QUALITY_SIDE ? 1 : longer / QUALITY_SIDE;
}

int quality_init(struct quality *quality, struct size size, struct error *err)
{
	int cell = quality_cell(size);

	for (int i = 0; i < QUALITY_LEVELS; i++, cell = 2) {
		struct quality_level *level = &quality->levels[i];

		if (average_init(&level->average, size, cell, cell, 1, err))
			return -1;
		size = level->average.to;
		level->row = pixels_room((size_t)size.width, 1, err);
		level->above = pixels_room((size_t)size.width, 1, err);
		if (!level->row || !level->above)
			return -1;
	}
	return 0;
}

/* Make the level's next row of a row of what it averages. Return 0 if it takes more of them. */
static int gather(struct quality_level *level, const unsigned char *row)
{
	struct average *average = &level->average;

	if (!average->sums)
		memcpy(level->row, row, (size_t)average->to.width);
	else if (average_add(average, row))
		average_take(average, 0, average->to.width, level->row);
	else
		return 0;
	return 1;
}

/* Add the steps from each of `from` to the one of `to` beside it. */
static void add_steps(
	struct quality_steps *steps, const unsigned char *from, const unsigned char *to, int count)
{
	uint32_t squares[LANES] = {0};
	float eighths[LANES] = {0};
	int i = 0;

	for (; i + LANES <= count; i += LANES)
		for (int lane = 0; lane < LANES; lane++) {
			int step = from[i + lane] - to[i + lane];
			float square = (float)(step * step);

			squares[lane] += (uint32_t)(step * step);
			eighths[lane] += square * square * (square * square);
		}
	for (; i < count; i++) {
		int step = from[i] - to[i];

		squares[0] += (uint32_t)(step * step);
		eighths[0] += powf((float)step, 8);
	}
	for (int lane = 0; lane < LANES; lane++) {
		steps->squares += squares[lane];
		steps->eighths += (double)eighths[lane];
	}
	steps->count += count;
}

static void add_light(struct quality *quality, const unsigned char *row, int width)
{
	uint32_t sum = 0, squares = 0;

	for (int x = 0; x < width; x++) {
		sum += row[x];
		squares += (uint32_t)row[x] * row[x];
	}
	quality->sum += sum;
	quality->squares += squares;
	quality->cells += (uint64_t)width;
}

void quality_add(struct quality *quality, const unsigned char *luma)
{
	for (int i = 0; i < QUALITY_LEVELS; i++) {
		struct quality_level *level = &quality->levels[i];
		int width = level->average.to.width;
		unsigned char *row = level->row;

		if (!gather(level, luma))
			return;
		if (i == 0)
			add_light(quality, row, width);
		add_steps(&level->across, row, row + 1, width - 1);
		if (level->rows++ > 0)
			add_steps(&level->down, level->above, row, width);
		level->row = level->above;
		level->above = row;
		luma = row;
	}
}

static double mean(double sum, int64_t count)
{
	return count > 0 ? sum / (double)count : 0;
}

/* Return how large the steps of a level are, the noise's share taken off. The steps of white noise
 * have a mean square of which the next level has a fourth; those of edges have as much there or
 * more. */
static double fine_step(const struct quality_steps *steps, const struct quality_steps *next)
{
	double lost = mean(steps->squares, steps->count) - mean(next->squares, next->count);
	double noise = sqrt(fmax(lost * 4 / 3, ROUNDING));
	double eighth = mean(steps->eighths, steps->count) - pow(NOISE_PEAK * noise, 8);

	return eighth > 0 ? pow(eighth, 1.0 / 8) : 0;
}

static double coarse_step(const struct quality_steps *steps)
{
	return pow(mean(steps->eighths, steps->count), 1.0 / 8);
}

/* Return what lies `at`, 0 to 1, between the levels of `a` and `b`. */
static double between(double a, double b, double at)
{
	return pow(a, 1 - at) * pow(b, at);
}

/* One direction's steps by level. */
struct direction {
	const struct quality_steps *steps[QUALITY_LEVELS];
	double coarse, ratio;
};

static void compare(struct direction *direction, double at)
{
	const struct quality_steps *const *steps = direction->steps;
	double fine = between(fine_step(steps[0], steps[1]), fine_step(steps[1], steps[2]), at);

	direction->coarse = between(coarse_step(steps[2]), coarse_step(steps[3]), at);
	direction->ratio = fine / (direction->coarse + FAINT);
}

static double sharpness(const struct quality *quality)
{
	struct size size = quality->levels[0].average.to;
	int longer = size.width > size.height ? size.width : size.height;
	double at = longer > QUALITY_SIDE ? log2((double)longer / QUALITY_SIDE) : 0;
	struct direction across, down;
	double ratio;

	for (int i = 0; i < QUALITY_LEVELS; i++) {
		across.steps[i] = &quality->levels[i].across;
		down.steps[i] = &quality->levels[i].down;
	}
	at = fmin(at, 1);
	compare(&across, at);
	compare(&down, at);
	if (across.coarse < down.coarse / 4)
		ratio = down.ratio;
	else if (down.coarse < across.coarse / 4)
		ratio = across.ratio;
	else
		ratio = fmin(across.ratio, down.ratio);
	return (ratio - SLOPE) / (EDGE - SLOPE);
}

/* Return a share as a percentage in tenths. */
static double percent(double share)
{
	return round(fmin(fmax(share, 0), 1) * 1000) / 10;
}

void quality_finish(const struct quality *quality, struct image_quality *figures)
{
	double cells = (double)quality->cells, mean_luma = (double)quality->sum / cells;
	double variance = (double)quality->squares / cells - mean_luma * mean_luma;

	figures->sharpness = percent(sharpness(quality));
	figures->brightness = percent(mean_luma / 255);
	figures->contrast = percent(2 * sqrt(fmax(variance, 0)) / 255);
}

void quality_release(struct quality *quality)
{
	for (int i = 0; i < QUALITY_LEVELS; i++) {
		struct quality_level *level = &quality->levels[i];

		average_release(&level->average);
		free(level->row);
		free(level->above);
	}
	*quality = (struct quality){0};
}
