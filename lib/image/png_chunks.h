#ifndef IMAGE_PNG_CHUNKS_H
#define IMAGE_PNG_CHUNKS_H

#include "image/bytes.h"

struct error;
struct image_limits;
struct picture;
struct source;

/* What is held of a PNG file. Starts at zero. */
struct png_file {
	struct bytes head;   /* up to the pixels, as a file of its own that ends where they begin;
				nothing in it is checked yet */
	struct bytes pixels; /* what the IDAT chunks hold: a zlib stream */
};

/* Read a whole PNG file. Its header goes to `picture`, and so do the metadata, which may stand
 * behind the pixels as well as before; so what holds the pixels and colours has to be kept until
 * then: it goes to `file`. All else, however large, is passed over. Return -1 with `err` filled if
 * the file is broken or refused by `limits`, which happens before anything is held. */
int png_chunks_read(struct source *in, const struct image_limits *limits, struct png_file *file,
	struct picture *picture, struct error *err);

/* Free what is held and start over at zero. */
void png_chunks_release(struct png_file *file);

#endif
