#ifndef IMAGE_SNIFF_H
#define IMAGE_SNIFF_H

#include <stddef.h>

#include "image/image.h"

/* So many bytes tell what a file is. */
#define SNIFF_BYTES 512

/* Set `format` by the first bytes of a file, which alone decide; -1 if it is none of the three. */
int sniff_format(const unsigned char *bytes, size_t size, enum image_format *format);

/* Return what a file of another format is, "GIF" or "an SVG drawing", by its first bytes; NULL if
 * it cannot be told. */
const char *sniff_name(const unsigned char *bytes, size_t size);

#endif
