#ifndef IMAGE_SCALE_H
#define IMAGE_SCALE_H

#include "image/fit.h"
#include "image/pixels.h"

struct error;

/*
 * Scales a picture while its rows come: each is pushed once, and rows of the result are pulled as
 * soon as they can be known. What it holds grows with the width of the result, not with the
 * picture. Alpha weighs the colours, so that what cannot be seen leaves no fringe; rows in and out
 * have it straight. A window that is not scaled at all comes out byte for byte.
 */
struct scale;

/* Start on a picture of kind `kind` and size `from`, of which `window` becomes a picture of size
 * `to`, larger or smaller. What lies around the window is looked at too where the picture has it.
 * Return NULL with `err` filled if memory runs out. Free with scale_free(). */
struct scale *scale_new(enum pixels_kind kind, struct size from, const struct window *window,
	struct size to, struct error *err);

/* Take the next row of the picture; then pull until nothing comes. */
void scale_push(struct scale *scale, const unsigned char *row);

/* Write the result's next row to `row` and return 1; 0 if more rows must be pushed first, or the
 * result is complete. */
int scale_pull(struct scale *scale, unsigned char *row);

/* Free; takes NULL. */
void scale_free(struct scale *scale);

#endif
