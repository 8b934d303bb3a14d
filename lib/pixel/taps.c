#include "pixel/taps.h"

#include <math.h>
#include <stdlib.h>

#include "pixel/kernel.h"
#include "pixel/pixels.h"

/* A sample on its way: its middle, how far it looks to either side, how wide the kernel is, and
 * room for its weights. */
struct reach {
	const struct kernel_table *kernel;
	const struct taps_line *from;
	double middle, distance, widened;
	double *shares;
};

static int clamp(double value, int last)
{
	return value <= 0 ? 0 : value >= last ? last : (int)value;
}

/* Return the place nearest to `middle` on a line of samples. Off the line a kernel would see its
 * own tail alone, whose weights may add up to next to nothing. */
static double onto(int samples, double middle)
{
	return fmin(fmax(middle, -0.5), samples - 0.5);
}

/* Give sample `i` the range of the line that it sees, at least one sample. */
static void see(struct taps *taps, int i, const struct reach *reach)
{
	int last = reach->from->samples - 1;
	int from = clamp(ceil(reach->middle - reach->distance), last);
	int to = clamp(floor(reach->middle + reach->distance), last);

	taps->first[i] = from;
	taps->count[i] = to > from ? to - from + 1 : 1;
}

static double weight(const struct reach *reach, int sample)
{
	double there = sample == reach->from->samples - 1 ? reach->from->last : 1;

	return there * kernel_at(reach->kernel, (sample - reach->middle) / reach->widened);
}

/* Set the weights of sample `i`. It is their running sum that is rounded, so that they add up and
 * an even surface stays what it was. */
static void weigh(struct taps *taps, int i, const struct reach *reach)
{
	int16_t *weights = taps->weights + (size_t)i * taps->stride;
	int first = taps->first[i], count = taps->count[i];
	double sum = 0, so_far = 0;
	int given = 0;

	for (int k = 0; k < count; k++)
		sum += reach->shares[k] = weight(reach, first + k);
	if (sum <= 0) {
		weights[0] = TAPS_ONE;
		return;
	}
	for (int k = 0; k < count; k++) {
		int due;

		so_far += reach->shares[k];
		due = (int)floor(so_far / sum * TAPS_ONE + 0.5);
		weights[k] = (int16_t)(due - given);
		given = due;
	}
}

/* Leave out what weighs nothing at the end. At the start it stays: so no sample starts before the
 * one before it. */
static void trim(struct taps *taps, int i)
{
	const int16_t *weights = taps->weights + (size_t)i * taps->stride;

	while (taps->count[i] > 1 && weights[taps->count[i] - 1] == 0)
		taps->count[i]--;
	if (taps->count[i] > taps->most)
		taps->most = taps->count[i];
}

/* Return the sample that sample `i` is a copy of, which is the last it has; -1 if there is none. */
static int copied(const struct taps *taps, int i)
{
	int last = taps->count[i] - 1;

	if (taps->weights[(size_t)i * taps->stride + (size_t)last] != TAPS_ONE)
		return -1;
	return taps->first[i] + last;
}

int taps_are_copy(const struct taps *taps)
{
	int first = copied(taps, 0);

	for (int i = 0; i < taps->samples; i++)
		if (copied(taps, i) < 0 || copied(taps, i) != first + i)
			return 0;
	return 1;
}

int taps_init(struct taps *taps, const struct kernel_table *kernel, const struct taps_line *from,
	int to, struct error *err)
{
	double step = from->length / to;
	struct reach reach = {.kernel = kernel, .from = from, .widened = step > 1 ? step : 1};
	int rc = -1;

	reach.distance = kernel->reach * reach.widened;
	taps->samples = to;
	taps->stride = ((size_t)fmin(2 * reach.distance + 2, from->samples) + 15) / 16 * 16;
	taps->first = pixels_room((size_t)to, sizeof(*taps->first), err);
	taps->count = pixels_room((size_t)to, sizeof(*taps->count), err);
	taps->weights = pixels_room((size_t)to, taps->stride * sizeof(*taps->weights), err);
	reach.shares = pixels_room(taps->stride, sizeof(*reach.shares), err);
	if (taps->first && taps->count && taps->weights && reach.shares)
		rc = 0;
	for (int i = 0; i < to && rc == 0; i++) {
		reach.middle = onto(from->samples, from->start + (i + 0.5) * step - 0.5);
		see(taps, i, &reach);
		weigh(taps, i, &reach);
		trim(taps, i);
	}
	free(reach.shares);
	return rc;
}

void taps_release(struct taps *taps)
{
	free(taps->first);
	free(taps->count);
	free(taps->weights);
	*taps = (struct taps){0};
}
