#ifndef PIXEL_SCALE_H
#define PIXEL_SCALE_H

#include "pixel/fit.h"

struct error;
struct kernel_table;
struct pyramid;

/*
 * Makes the rows of a scaled plane, from a level of its pyramid (pyramid.h). What it holds grows
 * with the sides of the result, not with the picture. Alpha weighs the colours, so that what cannot
 * be seen leaves no fringe; it comes out straight. A window that is not scaled at all comes out
 * byte for byte.
 */
struct scale;

/* What becomes what: `window` of the picture, in its own pixels as stored, becomes `to` samples. */
struct scale_plan {
	struct window window;
	struct size to;
	const struct kernel_table *kernel;
};

/* Start on a plane. What lies around the window is looked at too where the picture has it. The
 * pyramid outlives the scale. Return NULL with `err` filled if memory runs out. Free with
 * scale_free(). */
struct scale *scale_new(struct pyramid *pyramid, const struct scale_plan *plan, struct error *err);

/* Say to the pyramid what rows are needed for the result's from `y` on. */
void scale_need(const struct scale *scale, int y);

/* Return whether the rows up to the result's `y` have come. */
int scale_ready(const struct scale *scale, int y);

/* Write the result's row `y` to `row`, which has room for SIMD_SLACK more bytes. Rows are made in
 * order, since what is not needed any more goes. */
void scale_row(struct scale *scale, int y, unsigned char *row);

/* Free; takes NULL. */
void scale_free(struct scale *scale);

#endif
