#ifndef STORE_PICTURE_H
#define STORE_PICTURE_H

#include <stdint.h>

#include "image/image.h"
#include "store/object.h"

struct error;
struct pixels;

/* A picture in a store, as an object that is read once. */
struct picture_place {
	const struct object_store *store;
	struct object_name name;
	uint64_t max_bytes; /* 0 is no limit */
	struct image_limits limits;
};

/* Read the picture into `pixels`, as image_pixels() does, and set `format`, unless it's NULL, to
 * its own. On -1 `err` is filled, with the object's name: it can't be read, or is none. */
int picture_read(const struct picture_place *place, struct size box, struct pixels *pixels,
	enum image_format *format, struct error *err);

#endif
