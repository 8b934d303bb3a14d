#ifndef IMAGE_PNG_ROWS_H
#define IMAGE_PNG_ROWS_H

#include "image/png_inflate.h"

/* The rows of a PNG as they were before they were filtered and deflated. Starts at zero. */
struct png_rows {
	struct png_inflate *inflate;
	size_t pixel_bits;
	size_t size;	       /* of a row */
	int left;	       /* rows not yet inflated */
	unsigned char *memory; /* for three rows, each behind its filter */
	unsigned char *above, *row, *next;
	int next_is_ready;
};

/* Begin with the zlib stream `pixels`, which outlives the rows. None will be wider than `width`.
 * Return -1 with `err` filled if there is no room for them. */
int png_rows_init(struct png_rows *rows, const struct bytes *pixels, int pixel_bits, int width,
	struct error *err);

/* Begin with a picture: the whole one, or of an interlaced one a pass. */
void png_rows_start(struct png_rows *rows, int width, int height);

/* Return the next row, good until the next call; NULL with `err` filled if the stream is broken. */
const unsigned char *png_rows_next(struct png_rows *rows, struct error *err);

/* Go to the stream's end; -1 with `err` filled if it is broken. */
int png_rows_finish(struct png_rows *rows, struct error *err);

/* Free what the rows hold and start over at zero. */
void png_rows_release(struct png_rows *rows);

#endif
