#ifndef IMAGE_WEBP_H
#define IMAGE_WEBP_H

#include "image/codec.h"

/* Lossy and lossless, alpha, of an animation the first frame on its canvas. An opaque lossy picture
 * comes in planes, in rows as they are decoded; of any other libwebp yields the whole, so that is
 * held, but shrunk by libwebp first if it is opaque and much too large. */
extern const struct decoder_ops webp_decoder;

/* Lossy, 4:2:0, alpha lossless. The picture is held until its end, as libwebp needs it. */
extern const struct encoder_ops webp_encoder;

#endif
