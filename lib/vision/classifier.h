#ifndef VISION_CLASSIFIER_H
#define VISION_CLASSIFIER_H

#include "vision/view.h"

struct error;
struct network_library;
struct pixels;

/*
 * The network that says what a picture as a whole shows: InceptionV3 (Szegedy et al. 2015), trained
 * on the 1000 classes of ImageNet's challenge, numbered 1 to 1000 in the order of their synsets; 0
 * is none of them.
 */

enum { CLASSIFIER_SIDE = 299, CLASSIFIER_CLASSES = 1001 };

struct classifier;

/* Read the network from "classifier.onnx" in `models`. NULL with `err` filled. Free with
 * classifier_free(), which takes NULL. */
struct classifier *classifier_open(
	const struct network_library *library, const char *models, int threads, struct error *err);
void classifier_free(struct classifier *classifier);

/* Add to each of `probabilities` `weight` times that of its class in one view of `picture`, of
 * PIXELS_RGB; all together sum up to 1. */
int classifier_look(struct classifier *classifier, const struct pixels *picture,
	const struct view *view, double weight, double probabilities[CLASSIFIER_CLASSES],
	struct error *err);

/* After all views of a picture, make of their sum what is likely of a photograph: the classes it
 * was taught in equal numbers are not as frequent as one another. They sum up to 1 then. */
void classifier_settle(double probabilities[CLASSIFIER_CLASSES]);

#endif
