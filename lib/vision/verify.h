#ifndef VISION_VERIFY_H
#define VISION_VERIFY_H

#include <stddef.h>

struct classifier;
struct error;
struct pixels;
struct taxonomy;
struct thing;

/* Hear the classifier on things that the detector found in `picture`, the surest first, and set
 * their scores to how sure both are. `probabilities` is what it says of the whole picture; where
 * that doesn't confirm a thing, it looks at the thing's box alone, a few times a picture at most.
 * -1 with `err` filled if it fails. */
int verify(struct classifier *classifier, const struct taxonomy *taxonomy,
	const struct pixels *picture, const double *probabilities, struct thing *things,
	size_t count, struct error *err);

#endif
