#ifndef VISION_DETECTOR_H
#define VISION_DETECTOR_H

#include <stddef.h>

#include "vision/view.h"

struct error;
struct network_library;
struct pixels;

/*
 * The network that finds things and where they are: SSDLite on MobileNetV2 (Liu et al. 2016,
 * Sandler et al. 2018), trained on the 80 classes of COCO, numbered 1 to 90. It looks at 1917
 * anchors, boxes of certain sizes in certain places, and says of each how to move it onto a thing,
 * and which.
 */

enum { DETECTOR_SIDE = 300, DETECTOR_CLASSES = 91, DETECTOR_ANCHORS = 1917 };

/* Fractions of the whole picture. */
struct box {
	float left, top, right, bottom;
};

/* A thing as one view shows it. */
struct detection {
	struct box box;
	int class;
	int view;    /* the caller's number of it */
	float score; /* 0 to 1 */
};

/* Many of them. Starts at zero. */
struct detections {
	struct detection *item;
	size_t count, room;
};

struct detector;

/* Read the network from "detector.onnx" in `models`. NULL with `err` filled. Free with
 * detector_free(), which takes NULL. */
struct detector *detector_open(
	const struct network_library *library, const char *models, int threads, struct error *err);
void detector_free(struct detector *detector);

/* Add what is seen of `picture`, of PIXELS_RGB, in the view number `number`: each thing once, the
 * surest first. */
int detector_look(struct detector *detector, const struct pixels *picture, const struct view *view,
	int number, struct detections *found, struct error *err);

/* Return how much of two boxes together is in both, 0 to 1. */
float box_overlap(const struct box *a, const struct box *b);
float box_area(const struct box *box);

void detections_add(struct detections *detections, const struct detection *detection);
void detections_release(struct detections *detections);

#endif
