#include "image/limits.h"

#include <inttypes.h>

#include "base/error.h"

#include "image/image.h"

/* No format but PNG goes further, and rows of pixels have to fit into memory. */
#define LONGEST_SIDE 1000000

int limits_size(const struct image_limits *limits, struct size size, struct error *err)
{
	int64_t pixels = (int64_t)size.width * size.height;
	int shorter = size.width < size.height ? size.width : size.height;
	int longer = size.width < size.height ? size.height : size.width;

	if (limits->max_pixels && pixels > limits->max_pixels)
		return error_limit(err, "%dx%d is %.10g megapixels, over the limit of %.10g",
			size.width, size.height, (double)pixels / 1e6,
			(double)limits->max_pixels / 1e6);
	if (longer > LONGEST_SIDE)
		return error_limit(err, "%dx%d has a side over the limit of %d pixels", size.width,
			size.height, LONGEST_SIDE);
	if (shorter < limits->min_side)
		return error_limit(err, "%dx%d has a side under the limit of %" PRId64 " pixels",
			size.width, size.height, limits->min_side);
	return 0;
}

int limits_frames(const struct image_limits *limits, int64_t frames, struct error *err)
{
	if (limits->max_frames && frames > limits->max_frames)
		return error_limit(err, "%" PRId64 " frames, over the limit of %" PRId64, frames,
			limits->max_frames);
	return 0;
}

int limits_scans(const struct image_limits *limits, int64_t scans, struct error *err)
{
	if (limits->max_scans && scans > limits->max_scans)
		return error_limit(err, "%" PRId64 " progressive scans, over the limit of %" PRId64,
			scans, limits->max_scans);
	return 0;
}

static int limits_figure(
	const char *name, double is, int64_t least, int64_t most, struct error *err)
{
	if (least >= 0 && is < (double)least)
		return error_limit(err, "%s %.10g is under the limit of %" PRId64, name, is, least);
	if (most >= 0 && is > (double)most)
		return error_limit(err, "%s %.10g is over the limit of %" PRId64, name, is, most);
	return 0;
}

int limits_quality(const struct image_quality_limits *limits, const struct image_quality *quality,
	struct error *err)
{
	if (limits_figure("sharpness", quality->sharpness, limits->min_sharpness, -1, err) ||
		limits_figure("brightness", quality->brightness, limits->min_brightness,
			limits->max_brightness, err) ||
		limits_figure("contrast", quality->contrast, limits->min_contrast, -1, err))
		return -1;
	if (!quality->jpeg_quality)
		return 0;
	return limits_figure(
		"jpeg quality", quality->jpeg_quality, limits->min_jpeg_quality, -1, err);
}

int limits_any_quality(const struct image_quality_limits *limits)
{
	return limits->min_sharpness >= 0 || limits->min_brightness >= 0 ||
		limits->max_brightness >= 0 || limits->min_contrast >= 0 ||
		limits->min_jpeg_quality >= 0;
}
