#ifndef IMAGE_JPEG_HUFFMAN_H
#define IMAGE_JPEG_HUFFMAN_H

#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * Reading Huffman codes is most of what it takes to decode a JPEG made small. Here it is done in
 * half the time that libjpeg-turbo takes: one look at the next bits yields a coefficient's run, its
 * value and how many bits both take, for all but the rare ones (ITU-T T.81, F.2.2 and G.1.2; how
 * codes are made is in annex C).
 */

/* Read the codes from now on, but for those of scans that refine earlier ones, which libjpeg goes
 * on to read. Does nothing where jpeg_parts.h says so. Call it after jpeg_start_decompress(), and
 * before any scan is read: a picture of many scans has to be a buffered image. The source may not
 * suspend, and warnings have to jump (jpeg_failure.h).
 *
 * The coefficients are libjpeg's to the bit. Bits that are no code are a warning, which libjpeg
 * gives only near the end of its buffer. */
void jpeg_huffman_take_over(j_decompress_ptr jpeg);

#endif
