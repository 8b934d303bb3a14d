#ifndef IMAGE_LIMITS_H
#define IMAGE_LIMITS_H

#include <stdint.h>

struct error;
struct image_limits;
struct image_quality;
struct image_quality_limits;
struct size;

/* Refuse what goes over a limit: return -1 with `err` filled, Imgpl.Limit, naming both numbers. */
int limits_size(const struct image_limits *limits, struct size size, struct error *err);
int limits_frames(const struct image_limits *limits, int64_t frames, struct error *err);
int limits_scans(const struct image_limits *limits, int64_t scans, struct error *err);
int limits_quality(const struct image_quality_limits *limits, const struct image_quality *quality,
	struct error *err);

/* Return whether there is any limit of quality. */
int limits_any_quality(const struct image_quality_limits *limits);

#endif
