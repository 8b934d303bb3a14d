#ifndef IMAGE_PNG_H
#define IMAGE_PNG_H

#include "image/codec.h"

/* All colour types and depths; 16 bits become 8. Rows stream, but for an interlaced picture, which
 * is whole in memory. Of an animation the default image. */
extern const struct decoder_ops png_decoder;

/* Up to 8 bits, in the fewest that hold the picture: if it has at most 256 colours, by a palette or
 * as gray. Until there are more, rows are held, a byte a pixel; from then on they stream. */
extern const struct encoder_ops png_encoder;

#endif
