#ifndef PIXEL_LUMA_H
#define PIXEL_LUMA_H

#include "pixel/pixels.h"

/* Write how light `width` pixels are to `luma`, a byte each, 255 for white: the Y' of ITU-R BT.601,
 * which is what a JPEG stores, of the numbers as they are, on a white ground where they are
 * transparent, and on white paper where they are ink. */
void luma_row(enum pixels_kind kind, const unsigned char *row, unsigned char *luma, int width);

#endif
