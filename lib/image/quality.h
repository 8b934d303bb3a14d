#ifndef IMAGE_QUALITY_H
#define IMAGE_QUALITY_H

#include <stdint.h>

#include "pixel/average.h"

struct error;
struct image_quality;

/*
 * Measures how a picture looks, from its rows of luma and in memory for a few of them.
 *
 * A picture is measured as it looks on a screen, its longer side QUALITY_SIDE cells, whatever its
 * size: its pixels are averaged in cells of a whole number of them, by which the longer side comes
 * out at up to twice as many, and what lies between is interpolated. A smaller picture is measured
 * by its pixels.
 *
 * Brightness is the mean of the cells; contrast is twice their standard deviation, which is that of
 * a picture half black and half white.
 *
 * Sharpness compares the steps between neighbouring cells with those between neighbouring cells of
 * four times the size. Across an edge both are as high; on a slope, which an edge is once it's
 * blurred, the fine step is a quarter of the coarse one. The ratio of an edge is 100, of a slope 0.
 *
 * - Steps count by their eighth power, so that the strongest edges decide: a flower before a soft
 *   background is sharp.
 * - Across and down are compared apart, and the lesser ratio taken, since a camera that moves blurs
 *   in one direction. One that has next to no edges is left out.
 * - Noise has steps too. It is averaged out in larger cells, and no edge is, so that its power is
 *   known from how the mean square of the steps falls from cells to cells of twice their size; what
 *   such noise alone would come to is taken off.
 */

#define QUALITY_SIDE 384
#define QUALITY_LEVELS 4

/* The steps in one direction between the cells of one size: sums of powers. */
struct quality_steps {
	double squares, eighths;
	int64_t count;
};

/* Cells of one size, each level's twice as large a side as those before. */
struct quality_level {
	struct average average;
	unsigned char *row, *above;
	int rows;
	struct quality_steps across, down;
};

/* Starts at zero. */
struct quality {
	struct quality_level levels[QUALITY_LEVELS];
	uint64_t sum, squares, cells; /* of the first level */
};

/* Return by how many pixels a side a picture of `size` is averaged. */
int quality_cell(struct size size);

/* Start on a picture of `size`. Return -1 with `err` filled if memory runs out. */
int quality_init(struct quality *quality, struct size size, struct error *err);

/* Take the next row of luma. */
void quality_add(struct quality *quality, const unsigned char *luma);

/* After the last row, set all of `figures` but the quality of a JPEG. */
void quality_finish(const struct quality *quality, struct image_quality *figures);

/* Free the rows and start over at zero. */
void quality_release(struct quality *quality);

#endif
