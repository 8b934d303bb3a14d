#ifndef VISION_FUSE_H
#define VISION_FUSE_H

#include <stddef.h>

#include "vision/labels.h"
#include "vision/taxonomy.h"
#include "vision/things.h"

/* What both networks say of a picture. */
struct evidence {
	const struct thing *things;
	size_t thing_count;
	const double *probabilities; /* of the classifier's classes */
};

/* Make labels of the evidence: at most `max_labels`, of at least `min_confidence` percent, the
 * surest first. A label is as likely as all classes of its own and of its kinds together, or as the
 * surest thing of them. `labels` starts at zero. */
void fuse(const struct taxonomy *taxonomy, const struct evidence *evidence, int64_t max_labels,
	double min_confidence, struct labels *labels);

#endif
