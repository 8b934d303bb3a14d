#ifndef VISION_VIEW_H
#define VISION_VIEW_H

#include <stdbool.h>

#include "pixel/fit.h"

#include "vision/network.h"

struct error;
struct pixels;

/* How a network gets to see a picture: `window` of it, scaled to `scaled`, in the middle of its
 * square, of which the rest is gray. */
struct view {
	struct window window; /* in the picture's pixels */
	struct size scaled;
	bool mirrored; /* left is right */
};

/* Return the view that shows the window as it is, with margins; and the one that stretches it over
 * all of the square. */
struct view view_letterboxed(struct window window, int side);
struct view view_stretched(struct window window, int side);

/* Fill the network's input `room` with what is seen of `picture`, of PIXELS_RGB. -1 with `err`
 * filled if memory runs out. */
int view_paint(const struct view *view, const struct pixels *picture,
	const struct network_input *input, float *room, struct error *err);

#endif
