#ifndef IMAGE_JPEG_COEFFICIENTS_H
#define IMAGE_JPEG_COEFFICIENTS_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * A picture whose blocks come in several scans has to be held in memory as coefficients, 64 of a
 * block, until the last scan is read. But a scale shows only the lowest few of them: at 2/8 they
 * take a tenth of the memory, and as little time to fill and to walk over.
 */

/* Hold the coefficients from now on, instead of libjpeg: of each component the first `kept`, 1 to
 * 64 in zigzag order. Of one that scans refine but for its mean, all have to be kept. Does nothing
 * if this is not libjpeg-turbo with its internal header. Call it after jpeg_start_decompress() of a
 * buffered image, before any scan is read. */
void jpeg_coefficients_take_over(j_decompress_ptr jpeg, const int kept[MAX_COMPONENTS]);

#endif
