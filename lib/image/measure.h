#ifndef IMAGE_MEASURE_H
#define IMAGE_MEASURE_H

#include "pixel/fit.h"

struct decoder_ops;
struct error;
struct image_quality;

/* Decode a picture of `size`, as small as it is measured, and set the figures as quality_finish()
 * does. Return -1 with `err` filled if the picture is broken, can't be read, or memory runs out. */
int measure_picture(const struct decoder_ops *decoder, void *decoding, struct size size,
	struct image_quality *figures, struct error *err);

#endif
