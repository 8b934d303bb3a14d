#ifndef IMAGE_EXIF_H
#define IMAGE_EXIF_H

#include <stddef.h>

struct buffer;

/*
 * Exif blocks: a TIFF file of tags (Exif 2.32, 4.6; TIFF 6.0, section 2), here without the
 * "Exif\0\0" that some formats put before it. Blocks come from strangers: a broken one reads as one
 * without tags.
 */

/* Pass over "Exif\0\0" if the block starts with it. */
void exif_unwrap(const unsigned char **bytes, size_t *size);

/* Return the orientation, 1 to 8; 1 if there is none. */
int exif_orientation(const unsigned char *bytes, size_t size);

/* Set the orientation to 1, in place, if there is one. */
void exif_set_upright(unsigned char *bytes, size_t size);

/* Append the artist's name and the copyright notice to `artist` and `copyright`; nothing where
 * there is none. */
void exif_rights(
	const unsigned char *bytes, size_t size, struct buffer *artist, struct buffer *copyright);

/* Append a fresh block to `block` that holds the two texts and nothing else, or nothing if both are
 * empty. */
void exif_write_rights(
	struct buffer *block, const struct buffer *artist, const struct buffer *copyright);

#endif
