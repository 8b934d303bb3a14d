#ifndef IMAGE_JPEG_SCANS_H
#define IMAGE_JPEG_SCANS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * The scans of a JPEG file, as its bytes have them. A progressive picture comes in layers: some
 * scans are of higher frequencies, and some refine what earlier ones gave by one more bit. Much of
 * that does not show in a picture decoded at 1/8, 2/8 or 4/8, and reading it is most of the work.
 *
 * `bytes` are the rest of a file from where jpeg_read_header() stopped: the first of them follows
 * the header of the first scan.
 */

/* Count the scans that follow the first one. */
int64_t jpeg_scans_count(const unsigned char *bytes, size_t size);

/*
 * Leave out of `bytes` the scans that do not show at the scale that is set in `jpeg`, and return
 * how many bytes are left. Call it before jpeg_start_decompress(). All markers between scans stay,
 * and the end of the file; what follows that is cut off. What goes:
 *
 * - Frequencies that the scale leaves little of. Of n/8 those with u + v <= n are taken for seen, n
 *   being 6 at most; of 1/8 none. Chroma stored at half the size counts as twice the scale, as
 * libjpeg decodes it.
 * - Refinements, if what is lost cannot be seen: at most 2^bits - 1 quantisation steps. At 2/8 and
 *   4/8 as much of luma may be lost as hides in the contrast that the size of the first DC scan
 *   tells of; in chroma, 32 at 1/8, 16 at 2/8, 8 at 4/8.
 * - A refinement is read relative to all that went before it. So with a scan go those that refine
 *   it, and of these, one that has to stay keeps all that it refines.
 *
 * If two or more bits of luma are lost at 2/8, smoothing between blocks is turned on,
 * which makes up for half of it; else it is turned off.
 *
 * Nothing goes at 8/8, of a file that is not progressive, or of one that has no end, more than 128
 * scans, a quantisation table after the first scan, or a scan's header that libjpeg would refuse:
 * so that a broken file fails as it would in whole. But damage to the compressed data within a scan
 * that is left out goes unnoticed.
 *
 * Set `kept` to how many coefficients of each component, in zigzag order, the scale leaves
 * something of, or to 64 if a scan that stays refines more than the mean.
 */
size_t jpeg_scans_thin(
	j_decompress_ptr jpeg, unsigned char *bytes, size_t size, int kept[MAX_COMPONENTS]);

#endif
