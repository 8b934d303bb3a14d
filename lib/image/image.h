#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixel/fit.h"
#include "pixel/kernel.h"

struct buffer;
struct error;
struct pixels;
struct stream;

/*
 * A picture being read: its header first, then, in one pass over its pixels, every rendition that
 * is wanted of it. Decode rows, scale rows, encode rows: image.c joins the three.
 */

enum image_format {
	IMAGE_JPEG,
	IMAGE_PNG,
	IMAGE_WEBP,
	IMAGE_RAW, /* rows in memory; no picture has it, and nobody can ask for it (raw.h) */
};

/* What the header of a picture says. Sizes are as stored, before `orientation` is applied. */
struct image_info {
	enum image_format format;
	struct size size;
	int orientation;   /* Exif's, 1 to 8 */
	int frames;	   /* 1 unless animated */
	int has_alpha;	   /* pixels may be transparent */
	int is_cmyk;	   /* pixels are ink */
	int jpeg_quality;  /* of a JPEG, 1 to 100, by its tables (jpeg_tables.h); else 0 */
	char profile[128]; /* the embedded colour profile's description in UTF-8, "" if it has none
			    */
};

/* Refusals; 0 is no limit. */
struct image_limits {
	int64_t max_pixels; /* width x height */
	int64_t max_frames;
	int64_t max_scans; /* of a progressive JPEG */
	int64_t min_side;  /* pixels */
};

/* The limits unless told otherwise. */
#define IMAGE_LIMITS \
	{ \
		.max_pixels = 50000000, .max_frames = 1000, .max_scans = 100, .min_side = 1 \
	}

/* What is kept of a picture's metadata besides its pixels. */
enum image_keep { KEEP_NONE, KEEP_COPYRIGHT, KEEP_ALL };

/* Refusals by how a picture looks, struct image_quality; a negative number is no limit. */
struct image_quality_limits {
	int64_t min_sharpness, min_brightness, max_brightness, min_contrast;
	int64_t min_jpeg_quality; /* lets pass what is no JPEG */
};

/* The limits unless told otherwise. */
#define IMAGE_QUALITY_NO_LIMITS \
	{ \
		-1, -1, -1, -1, -1 \
	}

struct image;

/* Read the header of the picture that `in` yields, and refuse it by `limits`. No pixel is decoded;
 * of PNG, WebP and progressive JPEG the compressed bytes are held, for what stands behind the
 * pixels. `in` stays the caller's, and outlives the image. Return NULL with `err` filled:
 * Imgpl.Invalid if it is no JPEG, PNG or WebP (naming what it is, if that can be told) or is
 * broken, Imgpl.Limit if it is refused. Free with image_free(). */
struct image *image_open(struct stream *in, const struct image_limits *limits, struct error *err);

/* Return what the header says; borrowed from `image`. */
const struct image_info *image_info(const struct image *image);

/* A picture wanted of another. */
struct rendition {
	struct size box; /* one side may be 0 */
	enum fit fit;
	enum image_format format;
	int quality;  /* 1 to 100, for JPEG and lossy WebP */
	int effort;   /* 0 to 6, how long to search for a smaller file */
	bool enlarge; /* may be larger than the source */
	enum kernel kernel;
	bool linear;	  /* scaled in linear light; if one of an image is, all are */
	bool progressive; /* of a JPEG: shown coarsely first */
	unsigned char
		background[3]; /* sRGB, where transparency must go or FIT_CONTAIN leaves room */
};

/* Where a rendition goes, and how large it came out. */
struct image_output {
	const struct rendition *rendition;
	struct stream *out; /* written, not committed */
	struct size size;   /* set by image_render() */
};

/* Decode the picture once and write all `count` outputs: upright, in sRGB, with what `keep` says
 * of the metadata. At most one call an image. On -1 `err` says why, and the outputs are worth
 * nothing. */
int image_render(struct image *image, struct image_output *outputs, size_t count,
	enum image_keep keep, struct error *err);

/* How a picture looks, from 0 to 100 in tenths (quality.h says how it's measured). Its colour
 * profile is not applied, and of an animation the first frame counts. */
struct image_quality {
	double sharpness;  /* of the strongest edges, seen at a screen's size */
	double brightness; /* 0 is black */
	double contrast;   /* 0 is all the same, 100 half black and half white */
	int jpeg_quality;  /* as the header says, 0 if it's no JPEG */
};

/* Decode the picture, as small as that is cheap, and set its figures. At most one call an image,
 * instead of image_render(). On -1 `err` says why: pixels may be broken. */
int image_measure(struct image *image, struct image_quality *quality, struct error *err);

/* Decode the picture into `pixels`, which starts at zero and is the caller's: upright, in sRGB, of
 * PIXELS_RGB with white where it is transparent, as large as it fits into `box` without being
 * enlarged. At most one call an image, instead of image_render(). On -1 `err` says why, and
 * `pixels` is zero. */
int image_pixels(struct image *image, struct size box, struct pixels *pixels, struct error *err);

/* Write `pixels`, of PIXELS_RGB, to `out` as a picture of `rendition`'s format, quality and effort;
 * its size is not looked at. On -1 `err` says why, and the output is worth nothing. */
int image_encode(const struct pixels *pixels, const struct rendition *rendition, struct stream *out,
	struct error *err);

/* Free the image; takes NULL. */
void image_free(struct image *image);

/* Return "jpeg", "png" or "webp", and its media type. */
const char *image_format_name(enum image_format format);
const char *image_format_type(enum image_format format);

/* Set `format` from such a name ("jpg" too); -1 if there is none. */
int image_format_parse(const char *name, enum image_format *format);

/* Append a line for each picture library, with its version; libjpeg tells just what this was built
 * with. */
void image_versions(struct buffer *lines);

#endif
