#ifndef IMAGE_JPEG_COEFFICIENTS_H
#define IMAGE_JPEG_COEFFICIENTS_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * A picture whose blocks come in several scans has to be held in memory as coefficients, 64 of a
 * block, until the last scan is read. But a scale shows only the lowest few of them: at 2/8 they
 * take a tenth of the memory, and as little time to fill and to walk over. (What libjpeg has
 * allocated for all of them by then stays, and stays untouched: it is address space, and no
 * memory.)
 */

/* Hold the coefficients from now on, instead of libjpeg: of each component the first `kept`, 1 to
 * 64 in zigzag order. Of one of which a scan refines others than the DC coefficients, all have to
 * be kept. Does nothing where jpeg_parts.h says so. Call it after jpeg_start_decompress() of a
 * buffered image, before any scan is read; the source may not suspend.
 *
 * Where do_block_smoothing is set and bits of the lowest frequencies are missing, those are guessed
 * from the DC coefficients around, as T.81 proposes in K.8. */
void jpeg_coefficients_take_over(j_decompress_ptr jpeg, const int kept[MAX_COMPONENTS]);

#endif
