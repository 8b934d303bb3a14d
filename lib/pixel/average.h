#ifndef PIXEL_AVERAGE_H
#define PIXEL_AVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "pixel/fit.h"

struct error;

/*
 * Makes a picture smaller by whole numbers, each cell of `across` x `down` pixels becoming their
 * mean. The last cell of a line may be narrower. Starts at zero.
 */
struct average {
	int across, down; /* at most AVERAGE_MOST */
	int channels;
	struct size from, to;
	int rows; /* added to the cells at hand */
	int added;
	uint32_t *sums;
};

/* So many pixels a side of a cell that their sum fits. */
#define AVERAGE_MOST 4096

/* Return by how many pixels to average before `ratio` pixels become one by a better filter: enough
 * to make that cheap, and few enough to leave it all that can be seen. */
int average_before(double ratio);

/* Start on a picture of `from`, its cells set in `across` and `down`. Return -1 with `err` filled
 * if memory runs out. */
int average_init(struct average *average, struct size from, int across, int down, int channels,
	struct error *err);

/* Add a row. Return 1 if it was its cells' last: their means are for average_take(). */
int average_add(struct average *average, const unsigned char *row);

/* Write the means of `count` cells from `first` on to `row`. */
void average_take(const struct average *average, int first, int count, unsigned char *row);

/* Free the sums and start over at zero. */
void average_release(struct average *average);

#endif
