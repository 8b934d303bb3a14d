#ifndef IMAGE_WEBP_ROWS_H
#define IMAGE_WEBP_ROWS_H

#include <stddef.h>

#include <webp/decode.h>

#include "pixel/pixels.h"
#include "pixel/rows.h"

struct error;

/*
 * The planes of a lossy picture without alpha, in rows as they are decoded. libwebp writes into the
 * room of a whole picture; what of that has been read is given back, so that a few megabytes are in
 * memory however large the picture is: libwebp never looks back at what it has written there. But
 * of a file whose data comes in several partitions, which its rows take in turns, all rows come at
 * once.
 */
struct webp_rows {
	WebPIDecoder *decoder;
	const unsigned char *bytes;
	size_t length, given; /* of the bytes, and to the decoder */
	struct pixels planes[PIXELS_PLANES];
	size_t forgotten[PIXELS_PLANES]; /* bytes of each */
};

/* How many rows of luma come at a time, at most; of chroma half as many. */
#define WEBP_ROWS 32

/* Start on the chunks of a picture of `size`; the `length` bytes have to live as long. `webp`
 * starts at zero. Return -1 with `err` filled if there is no room. */
int webp_rows_init(struct webp_rows *webp, const unsigned char *bytes, size_t length,
	struct size size, struct error *err);

/* Append the next rows to each plane's: at least one to the first, unless it has all. Return -1
 * with `err` filled if the data is broken or ends early. */
int webp_rows_read(
	struct webp_rows *webp, struct rows *const planes[PIXELS_PLANES], struct error *err);

/* Free what it holds, and start over at zero. */
void webp_rows_release(struct webp_rows *webp);

/* Fill `err` with what libwebp's status means, and return -1. */
int webp_rows_fail(VP8StatusCode status, struct error *err);

#endif
