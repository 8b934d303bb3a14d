#ifndef IMAGE_METADATA_H
#define IMAGE_METADATA_H

#include <stddef.h>

#include "base/buffer.h"

#include "image/image.h"

/* A block longer than this is left where it is. */
#define METADATA_MOST ((size_t)1 << 20)

/* What a picture says besides its pixels. Starts at zero. */
struct metadata {
	struct buffer exif;		 /* without "Exif\0\0" */
	struct buffer xmp;		 /* a packet of XML */
	struct buffer iptc;		 /* Photoshop's blocks of IPTC, as JPEG's APP13 has them */
	struct buffer artist, copyright; /* texts found outside of these */
};

/* Fill `kept`, which starts at zero, with what of `metadata` goes into a picture that now stands
 * upright: nothing, the rights in a fresh Exif block, or everything. */
void metadata_keep(struct metadata *kept, const struct metadata *metadata, enum image_keep keep);

/* Free everything and start over at zero. */
void metadata_release(struct metadata *metadata);

#endif
