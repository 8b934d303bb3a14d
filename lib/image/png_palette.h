#ifndef IMAGE_PNG_PALETTE_H
#define IMAGE_PNG_PALETTE_H

#include <stddef.h>

#include "pixel/pixels.h"

#include "image/bytes.h"

struct error;

/* A picture of few colours, for as long as it is one: rows come in and are held as the numbers of
 * their colours, a byte a pixel. Then it is known how the picture is stored in the fewest bits. */
struct png_palette;

enum { PNG_PALETTE_MOST = 256 };

/* How a picture is stored. */
struct png_storage {
	int indexed;	       /* by a palette */
	enum pixels_kind kind; /* unless indexed */
	int depth;	       /* bits of a sample or an index: 8, or of one sample 1, 2, 4 */
};

/* Begin with a picture of `width`; free with png_palette_free(). */
struct png_palette *png_palette_new(enum pixels_kind kind, int width);

/* Hold the next row and return 1. It has a colour too many, and is not held, on 0; -1 with `err`
 * filled if there is no room. */
int png_palette_take(struct png_palette *palette, const unsigned char *row, struct error *err);

/* Choose how to store the rows, of which that is all. */
struct png_storage png_palette_choose(struct png_palette *palette);

/* Return how many rows are held. */
int png_palette_rows(const struct png_palette *palette);

/* Write row `y` to `to` as it is stored. */
void png_palette_row(const struct png_palette *palette, const struct png_storage *storage, int y,
	unsigned char *to);

/* Return how many colours there are; colour i is the RGBA at colors[4 * i]. The first
 * `*transparent` are those that are not opaque, once a palette was chosen. */
int png_palette_colors(
	const struct png_palette *palette, const unsigned char **colors, int *transparent);

/* Free; takes NULL. */
void png_palette_free(struct png_palette *palette);

/* Return how many bytes a stored row of `width` has. */
size_t png_storage_bytes(const struct png_storage *storage, int width);

#endif
