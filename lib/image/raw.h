#ifndef IMAGE_RAW_H
#define IMAGE_RAW_H

#include "image/codec.h"

/* Rows of RGB, three bytes a pixel, from the top, and nothing else: how a picture comes out that is
 * looked at and not kept. It is written only, and is no format that anybody can ask for. */
extern const struct codec raw_codec;

#endif
