#ifndef PIXEL_YCC_H
#define PIXEL_YCC_H

#include "pixel/pixels.h"

/*
 * Luma and chroma: the planes of PIXELS_YCC and PIXELS_YCC_VIDEO, whose colours are the same
 * (ITU-R BT.601) and whose levels differ.
 */

/* Join a row of `width` pixels of such a kind, all planes as wide, to RGB. */
void ycc_to_rgb(enum pixels_kind kind, unsigned char *const planes[PIXELS_PLANES],
	unsigned char *rgb, int width);

/* Change the levels of a row of `width` samples of plane number `plane` from one kind's to the
 * other's, or not at all if they are the same. */
void ycc_change_levels(
	enum pixels_kind from, enum pixels_kind to, int plane, unsigned char *row, int width);

#endif
