#ifndef IMAGE_WEBP_H
#define IMAGE_WEBP_H

#include "image/codec.h"

/* Lossy and lossless, alpha, of an animation the first frame on its canvas. libwebp yields whole
 * pictures, so one is held; an opaque one is shrunk by libwebp first where it is much too large. */
extern const struct decoder_ops webp_decoder;

/* Lossy, 4:2:0, alpha lossless. The picture is held until its end. */
extern const struct encoder_ops webp_encoder;

#endif
