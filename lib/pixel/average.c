#include "pixel/average.h"

#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"

int average_before(double ratio)
{
	if (ratio < 8)
		return 1;
	return ratio / 4 < AVERAGE_MOST ? (int)(ratio / 4) : AVERAGE_MOST;
}

int average_init(struct average *average, struct size from, int across, int down, int channels,
	struct error *err)
{
	*average = (struct average){
		.across = across, .down = down, .channels = channels, .from = from};
	average->to.width = (from.width - 1) / across + 1;
	average->to.height = (from.height - 1) / down + 1;
	if (across == 1 && down == 1)
		return 0;
	average->sums = pixels_room(
		(size_t)average->to.width * (size_t)channels, sizeof(*average->sums), err);
	return average->sums ? 0 : -1;
}

static int cell_width(const struct average *average, int cell)
{
	int left = average->from.width - cell * average->across;

	return left < average->across ? left : average->across;
}

int average_add(struct average *average, const unsigned char *row)
{
	size_t channels = (size_t)average->channels;
	uint32_t *sum = average->sums;

	if (average->rows == average->down)
		average->rows = 0;
	if (average->rows == 0)
		memset(sum, 0, (size_t)average->to.width * channels * sizeof(*sum));
	for (int cell = 0; cell < average->to.width; cell++, sum += channels)
		for (int i = cell_width(average, cell); i > 0; i--, row += channels)
			for (size_t c = 0; c < channels; c++)
				sum[c] += row[c];
	average->rows++;
	average->added++;
	return average->rows == average->down || average->added == average->from.height;
}

void average_take(const struct average *average, int first, int count, unsigned char *row)
{
	int channels = average->channels;
	const uint32_t *sum = average->sums + (size_t)first * (size_t)channels;

	for (int cell = first; cell < first + count; cell++) {
		uint32_t pixels = (uint32_t)cell_width(average, cell) * (uint32_t)average->rows;

		for (int c = 0; c < channels; c++)
			*row++ = (unsigned char)((*sum++ + pixels / 2) / pixels);
	}
}

void average_release(struct average *average)
{
	free(average->sums);
	*average = (struct average){0};
}
