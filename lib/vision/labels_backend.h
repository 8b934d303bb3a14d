#ifndef VISION_LABELS_BACKEND_H
#define VISION_LABELS_BACKEND_H

#include "vision/labels.h"

/* One kind of labeler: what labels.h promises. `state` is what open() returned; look() may be
 * called from many threads. */
struct labels_backend {
	const char *name;
	void *(*open)(const struct labeler_settings *settings, struct error *err);
	void (*free)(void *state);
	int (*look)(void *state, const struct picture_place *place, struct labels *labels,
		struct error *err);
};

extern const struct labels_backend labels_local, labels_rekognition;

#endif
