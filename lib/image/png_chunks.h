#ifndef IMAGE_PNG_CHUNKS_H
#define IMAGE_PNG_CHUNKS_H

#include "image/bytes.h"

struct error;
struct image_limits;
struct picture;
struct source;

/* Read a whole PNG file. Its header goes to `picture`, and so do the metadata, which may stand
 * behind the pixels as well as before; so what holds the pixels and colours has to be kept until
 * then: it goes to `file`, as a PNG of its own. All else, however large, is passed over. Return -1
 * with `err` filled if the file is broken or refused by `limits`, which happens before anything is
 * held. */
int png_chunks_read(struct source *in, const struct image_limits *limits, struct bytes *file,
	struct picture *picture, struct error *err);

#endif
