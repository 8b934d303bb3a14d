#include "image/lanczos.h"

#include <math.h>
#include <stdlib.h>

#include "image/pixels.h"

static const double lobes = 3, pi = 3.14159265358979323846;

/* sinc(x) sinc(x / lobes), with sin 3a = 3 sin a - 4 sin^3 a to have one sine for two. */
static double kernel(double x)
{
	double angle = pi * x / lobes, sine = sin(angle);

	if (fabs(x) < 1e-9)
		return 1;
	if (fabs(x) >= lobes)
		return 0;
	return sine * sine * (3 - 4 * sine * sine) / (3 * angle * angle);
}

/* A sample on its way: its middle, how far it looks to either side, how wide the kernel is, and
 * room for its weights. */
struct reach {
	const struct lanczos_line *from;
	double middle, distance, widened;
	double *shares;
};

static int clamp(double value, int last)
{
	return value <= 0 ? 0 : value >= last ? last : (int)value;
}

/* Give sample `i` the range of the line that it sees, at least one sample. */
static void see(struct lanczos *lanczos, int i, const struct reach *reach)
{
	int last = reach->from->samples - 1;
	int from = clamp(ceil(reach->middle - reach->distance), last);
	int to = clamp(floor(reach->middle + reach->distance), last);

	lanczos->first[i] = from;
	lanczos->count[i] = to > from ? to - from + 1 : 1;
}

static double weight(const struct reach *reach, int sample)
{
	double there = sample == reach->from->samples - 1 ? reach->from->last : 1;

	return there * kernel((sample - reach->middle) / reach->widened);
}

/* Set the weights of sample `i`. What rounding leaves over goes to the heaviest, so that an even
 * surface stays what it was. */
static void weigh(struct lanczos *lanczos, int i, const struct reach *reach)
{
	int16_t *weights = lanczos->weights + (size_t)i * lanczos->stride;
	int first = lanczos->first[i], count = lanczos->count[i];
	int heaviest = 0, left = LANCZOS_ONE;
	double sum = 0;

	for (int k = 0; k < count; k++)
		sum += reach->shares[k] = weight(reach, first + k);
	for (int k = 0; k < count && sum > 0; k++) {
		weights[k] = (int16_t)lrint(reach->shares[k] / sum * LANCZOS_ONE);
		left -= weights[k];
		if (weights[k] > weights[heaviest])
			heaviest = k;
	}
	weights[heaviest] = (int16_t)(weights[heaviest] + left);
}

/* Leave out what weighs nothing at either end. */
static void trim(struct lanczos *lanczos, int i)
{
	int16_t *weights = lanczos->weights + (size_t)i * lanczos->stride;
	int skip = 0, count = lanczos->count[i];

	while (count > 1 && weights[count - 1] == 0)
		count--;
	while (skip < count - 1 && weights[skip] == 0)
		skip++;
	count -= skip;
	for (int k = 0; skip && k < count; k++)
		weights[k] = weights[k + skip];
	lanczos->first[i] += skip;
	lanczos->count[i] = count;
	if (count > lanczos->most)
		lanczos->most = count;
}

int lanczos_init(
	struct lanczos *lanczos, const struct lanczos_line *from, int to, struct error *err)
{
	double step = from->length / to;
	struct reach reach = {.from = from, .widened = step > 1 ? step : 1};
	int rc = -1;

	reach.distance = lobes * reach.widened;
	lanczos->samples = to;
	lanczos->stride = (size_t)fmin(2 * reach.distance + 2, from->samples);
	lanczos->first = pixels_room((size_t)to, sizeof(*lanczos->first), err);
	lanczos->count = pixels_room((size_t)to, sizeof(*lanczos->count), err);
	lanczos->weights =
		pixels_room((size_t)to, lanczos->stride * sizeof(*lanczos->weights), err);
	reach.shares = pixels_room(lanczos->stride, sizeof(*reach.shares), err);
	if (lanczos->first && lanczos->count && lanczos->weights && reach.shares)
		rc = 0;
	for (int i = 0; i < to && rc == 0; i++) {
		reach.middle = from->start + (i + 0.5) * step - 0.5;
		see(lanczos, i, &reach);
		weigh(lanczos, i, &reach);
		trim(lanczos, i);
	}
	free(reach.shares);
	return rc;
}

int lanczos_is_copy(const struct lanczos *lanczos)
{
	if (lanczos->most > 1)
		return 0;
	for (int i = 1; i < lanczos->samples; i++)
		if (lanczos->first[i] != lanczos->first[i - 1] + 1)
			return 0;
	return 1;
}

void lanczos_release(struct lanczos *lanczos)
{
	free(lanczos->first);
	free(lanczos->count);
	free(lanczos->weights);
	*lanczos = (struct lanczos){0};
}
