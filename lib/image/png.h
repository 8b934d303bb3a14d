#ifndef IMAGE_PNG_H
#define IMAGE_PNG_H

#include "image/codec.h"

/* All colour types and depths; 16 bits become 8. Rows stream, but for an interlaced picture, which
 * is whole in memory. Of an animation the default image. */
extern const struct decoder_ops png_decoder;

/* 8 bits, gray or RGB, alpha or not. Rows stream. */
extern const struct encoder_ops png_encoder;

#endif
