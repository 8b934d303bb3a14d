#ifndef IMAGE_JPEG_H
#define IMAGE_JPEG_H

#include "image/codec.h"

/* Baseline and progressive, gray, YCbCr, RGB, CMYK and YCCK. Rows come at 1/8, 2/8, 4/8 or 8/8, by
 * libjpeg's smaller inverse transforms, and are not held, but for a progressive picture's, of which
 * libjpeg keeps all coefficients. */
extern const struct decoder_ops jpeg_decoder;

/* Baseline, 4:2:0. */
extern const struct encoder_ops jpeg_encoder;

#endif
