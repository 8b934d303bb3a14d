#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "image/color.h"
#include "image/image.h"
#include "image/metadata.h"
#include "image/pixels.h"

struct buffer;
struct error;
struct source;
struct stream;

/*
 * The seam behind which a format is: how its pictures become rows of pixels, and rows a picture.
 * A format is one struct codec and a line in codec.c. All functions return -1, or NULL, with `err`
 * filled; a failure to read or write comes out as the stream told it.
 */

/* What is known of a picture before its pixels. */
struct picture {
	struct image_info info; /* but for `profile`, which `space` says */
	struct metadata metadata;
	struct color_space space;
};

/* The rows a decoder yields: the whole picture, `scale` times as large as stored or a fraction of a
 * pixel more at its right and bottom. */
struct raster {
	enum pixels_kind kind;
	struct size size;
	double scale_x, scale_y;
};

struct decoder_ops {
	/* Read up to the pixels, fill `picture`, which starts at zero, and refuse it by `limits`.
	 * `in` is at the format's first byte and outlives the decoder. */
	void *(*open)(struct source *in, const struct image_limits *limits, struct picture *picture,
		struct error *err);
	/* Begin with the pixels and fill `raster`. The largest result wanted has one pixel of
	 * `shrink` pixels a side: where smaller rows are cheap, they come smaller, though never by
	 * so much that it could be seen. */
	int (*start)(void *decoder, double shrink, struct raster *raster, struct error *err);
	/* Write the next row to `row`. */
	int (*read)(void *decoder, unsigned char *row, struct error *err);
	/* After the last row, read to the picture's end: it may still prove to be broken. */
	int (*finish)(void *decoder, struct error *err);
	/* Free; takes NULL. */
	void (*close)(void *decoder);
};

/* What is to be encoded. */
struct encoding {
	struct size size;
	enum pixels_kind kind; /* as codec_kind() says */
	int quality;
	const struct metadata *metadata;
};

struct encoder_ops {
	/* Start a picture on `out`. `encoding` may go afterwards, its metadata may not. */
	void *(*open)(struct stream *out, const struct encoding *encoding, struct error *err);
	/* Take the next row. */
	int (*write)(void *encoder, const unsigned char *row, struct error *err);
	/* After the last row, write what is left. */
	int (*finish)(void *encoder, struct error *err);
	/* Free; takes NULL. */
	void (*close)(void *encoder);
};

struct codec {
	const char *name, *type; /* "jpeg", "image/jpeg" */
	int longest_side;	 /* that can be encoded */
	int has_gray, has_alpha; /* whether it stores them */
	const struct decoder_ops *decoder;
	const struct encoder_ops *encoder;
	void (*version)(struct buffer *lines);
};

extern const struct codec jpeg_codec, png_codec, webp_codec;

/* Return the codec of a format. */
const struct codec *codec_of(enum image_format format);

/* Return the kind in which the codec stores pixels of `kind`, which is not CMYK. */
enum pixels_kind codec_kind(const struct codec *codec, enum pixels_kind kind);

#endif
