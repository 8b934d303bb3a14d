#ifndef PIXEL_FIT_H
#define PIXEL_FIT_H

/* Width and height in pixels. */
struct size {
	int width, height;
};

/* A part of a picture in its own pixels; fractions are meant. */
struct window {
	double left, top, width, height;
};

enum fit {
	FIT_INSIDE,  /* the whole picture, as large as the box allows */
	FIT_COVER,   /* fills the box; what sticks out is cut off evenly */
	FIT_CONTAIN, /* the whole picture in the middle of a picture of the box's size */
};

/* How a picture goes into a box: `window` of the source becomes `scaled`, which lies at
 * (`left`, `top`) on a canvas of `canvas`. Only FIT_CONTAIN has a canvas larger than `scaled`. */
struct placement {
	struct window window;
	struct size scaled, canvas;
	int left, top;
};

/* Place a picture of size `from` into `box`, of which one side may be 0 for "as it comes". Without
 * `enlarge` no pixel of the source is made larger than it is. Every side comes out at least 1. */
void fit_place(
	struct size from, struct size box, enum fit fit, int enlarge, struct placement *placement);

#endif
