#ifndef VISION_THINGS_H
#define VISION_THINGS_H

#include <stddef.h>

#include "vision/detector.h"

/*
 * What several views of a picture show, as one list: detections that lie over one another are one
 * thing, and its score is what the views that show it think of it on the average. A network is
 * often sure of something wrong in one view, and rarely in two. A view counts the less the smaller
 * it shows the thing.
 */

enum { THINGS_VIEWS = 8 };

struct thing {
	struct box box;
	int class;
	float score;
};

/* Join the detections of `view_count` views, which show those parts of the picture, into things of
 * at least `least_score`, the surest first, and set `count`. Reorders `found`. Free with free(). */
struct thing *things_join(struct detections *found, const struct box *windows, size_t view_count,
	float least_score, size_t *count);

#endif
