#ifndef IMAGE_JPEG_TABLES_H
#define IMAGE_JPEG_TABLES_H

#include <stdint.h>

/* Return the quality, 1 to 100, of a table of quantisation for luminance: the one of libjpeg's
 * scale whose steps add up nearest to those of `table`, which has 64 of them. That is exact for
 * tables that libjpeg made; encoders with tables of their own lose about as much as at that
 * quality. */
int jpeg_tables_quality(const uint16_t *table);

#endif
