#ifndef STORE_PICTURE_H
#define STORE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/stream.h"
#include "image/image.h"
#include "store/object.h"

struct error;
struct pixels;

/* What is known of a picture before it is read. */
struct picture_known {
	bool header; /* what follows is */
	enum image_format format;
	struct size size; /* upright */
	uint64_t bytes;	  /* 0 is unknown, with or without the header */
};

/* A picture in a store, as an object that is read once. */
struct picture_place {
	const struct object_store *store;
	struct object_name name;
	uint64_t max_bytes; /* 0 is no limit */
	struct image_limits limits;
	struct picture_known known;
};

/* A picture whose header was read. Starts at zero. */
struct picture_opened {
	struct stream in;
	struct image *image;
};

/* Open the object and read its header, as image_open() does. On -1 `err` is filled, with the
 * object's name. Close with picture_close() whatever happens. */
int picture_open(
	const struct picture_place *place, struct picture_opened *opened, struct error *err);
void picture_close(struct picture_opened *opened);

/* Read the picture into `pixels`, as image_pixels() does, and set `format`, unless it's NULL, to
 * its own. On -1 `err` is filled, with the object's name: it can't be read, or is none. */
int picture_read(const struct picture_place *place, struct size box, struct pixels *pixels,
	enum image_format *format, struct error *err);

#endif
