#ifndef IMAGE_JPEG_MARKERS_H
#define IMAGE_JPEG_MARKERS_H

#include <stdio.h>

#include <jpeglib.h>

#include "base/buffer.h"

struct metadata;
struct picture;

/* What stands in a JPEG file besides its pixels: the application markers. */

/* The markers met so far. libjpeg's own way keeps every one of them, however many; here each kind
 * is kept once. Starts at zero. */
struct jpeg_markers {
	struct buffer segment; /* the one being read */
	struct buffer exif, xmp, iptc;
	struct buffer profile[256]; /* its pieces, by number */
	unsigned profile_pieces;    /* how many it should have */
};

/* Have libjpeg hand the markers to `markers`, which `jpeg->client_data` must point to. */
void jpeg_markers_watch(j_decompress_ptr jpeg);

/* Move what was found to `picture`; a profile only if it is complete. */
void jpeg_markers_take(struct jpeg_markers *markers, struct picture *picture);

/* Free what was kept. */
void jpeg_markers_release(struct jpeg_markers *markers);

/* Write `metadata` as markers, after libjpeg's own; a block longer than a marker is left out. */
void jpeg_markers_write(j_compress_ptr jpeg, const struct metadata *metadata);

#endif
