#ifndef VISION_REKOGNITION_LABELS_H
#define VISION_REKOGNITION_LABELS_H

#include <stdint.h>

struct error;
struct json_object;
struct labels;

/* Read what DetectLabels answers into `labels`, which is empty and to be released whatever happens:
 * its first `most` labels, with `least` percent and more, the surest first; boxes too, as far as
 * they are inside of the picture. A label's parents stay in the order in which they are told. -1
 * with `err` filled, Imgpl.Transient, if it is no such answer.
 * https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html */
int rekognition_labels(struct json_object *answer, int64_t most, int64_t least,
	struct labels *labels, struct error *err);

#endif
