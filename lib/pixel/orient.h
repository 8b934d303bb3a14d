#ifndef PIXEL_ORIENT_H
#define PIXEL_ORIENT_H

#include <stddef.h>

#include "pixel/fit.h"

struct pixels;

/*
 * Exif's orientation, 1 to 8: how a picture as stored is to be turned or mirrored to stand upright
 * (Exif 2.32, 4.6.4, tag 274). Any other number means 1.
 */

/* Return the size of an upright picture that is stored as `size`; the way back is the same. */
struct size orient_size(struct size size, int orientation);

/* Return where `window` of the upright picture lies in the stored one, of size `stored`. */
struct window orient_window(struct window window, struct size stored, int orientation);

/* Write the upright picture's `count` rows from `y` on to `rows`, `stride` bytes apart, from a
 * picture as stored. */
void orient_rows(const struct pixels *stored, int orientation, int y, int count,
	unsigned char *rows, size_t stride);

#endif
