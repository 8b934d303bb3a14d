#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include "pixel/color.h"
#include "pixel/pixels.h"

#include "image/image.h"
#include "image/metadata.h"

struct buffer;
struct error;
struct rows;
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

/* The rows a decoder yields: the whole picture, in one plane or, of the kinds that have them, in
 * three. Planes past the last are zeros. */
struct raster {
	enum pixels_kind kind;
	struct raster_plane {
		struct size size;
		/* of the picture as stored, of which there may be a fraction of a pixel more at the
		 * right and bottom */
		double scale_x, scale_y;
		int rows;	  /* that come at a time, at most */
		size_t row_bytes; /* that are written of each, at least the pixels' */
	} plane[PIXELS_PLANES];
};

/* What rows are good for. */
struct wanted {
	/* The largest result has one pixel of so many a side: where smaller rows are cheap, they
	 * come smaller, though never by so much that it could be seen. */
	double shrink;
	int pixels; /* in one plane, and as large as they are stored */
};

struct decoder_ops {
	/* Read up to the pixels, fill `picture`, which starts at zero, and refuse it by `limits`.
	 * `in` is at the format's first byte and outlives the decoder. */
	void *(*open)(struct source *in, const struct image_limits *limits, struct picture *picture,
		struct error *err);
	/* Begin with the pixels and fill `raster`, which starts at zero. */
	int (*start)(void *decoder, const struct wanted *wanted, struct raster *raster,
		struct error *err);
	/* Append the next rows to each plane's, in which there is room for raster.plane[].rows. At
	 * least one comes somewhere, until all are there. */
	int (*read)(void *decoder, struct rows *const planes[PIXELS_PLANES], struct error *err);
	/* After the last row, read to the picture's end: it may still prove to be broken. */
	int (*finish)(void *decoder, struct error *err);
	/* Free; takes NULL. */
	void (*close)(void *decoder);
};

/* What is to be encoded. */
struct encoding {
	struct size size;
	enum pixels_kind kind; /* as codec_kind() says, or the codec's planes */
	int full_chroma;       /* Cb and Cr are as large as Y, not half as wide and high */
	int quality, effort;
	int progressive; /* if the format can be */
	const struct metadata *metadata;
};

/* Up to STRIP_ROWS rows of a picture, fewer at its bottom only, of each plane; of chroma half as
 * many, rounded up, where it's not full. Behind the end of a row there is room for SIMD_SLACK bytes
 * that an encoder may write to. */
struct strip {
	int rows;
	unsigned char *plane[PIXELS_PLANES];
	size_t stride[PIXELS_PLANES];
};

#define STRIP_ROWS 16

struct encoder_ops {
	/* Start a picture on `out`. `encoding` may go afterwards, its metadata may not. */
	void *(*open)(struct stream *out, const struct encoding *encoding, struct error *err);
	/* Take the next rows: a strip of planes, or any number of rows of pixels. */
	int (*write)(void *encoder, const struct strip *strip, struct error *err);
	/* After the last row, write what is left. */
	int (*finish)(void *encoder, struct error *err);
	/* Free; takes NULL. */
	void (*close)(void *encoder);
};

struct codec {
	const char *name, *type; /* "jpeg", "image/jpeg" */
	int longest_side;	 /* that can be encoded */
	int has_gray, has_alpha; /* whether it stores them */
	int has_planes;		 /* whether it takes `planes` */
	enum pixels_kind planes;
	int full_chroma_from; /* the quality from which chroma is as large as luma */
	const struct decoder_ops *decoder;
	const struct encoder_ops *encoder;
	void (*version)(struct buffer *lines);
};

extern const struct codec jpeg_codec, png_codec, webp_codec;

/* Return the codec of a format. */
const struct codec *codec_of(enum image_format format);

/* Return the kind in which the codec stores pixels of `kind`, of one plane and not CMYK. */
enum pixels_kind codec_kind(const struct codec *codec, enum pixels_kind kind);

#endif
