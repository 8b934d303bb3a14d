#ifndef IMAGE_JPEG_H
#define IMAGE_JPEG_H

#include "image/codec.h"

/* Baseline and progressive, gray, YCbCr, RGB, CMYK and YCCK. Rows come at 1/8, 2/8, 4/8 or 8/8, by
 * libjpeg's smaller inverse transforms; gray and YCbCr in planes, as they are stored. They are not
 * held. Of a progressive picture, its compressed bytes are, and those of its coefficients that the
 * scale shows (jpeg_scans.h, jpeg_coefficients.h). Huffman codes are read by jpeg_huffman.h. */
extern const struct decoder_ops jpeg_decoder;

/* Sequential or progressive; 4:2:0, and 4:4:4 from quality 90 on. Planes come in strips. A small
 * picture, and any at an effort above 4, gets Huffman codes of its own, for which its coefficients
 * are held. */
extern const struct encoder_ops jpeg_encoder;

#endif
