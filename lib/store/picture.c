#include "store/picture.h"

#include "base/error.h"
#include "base/stream.h"

int picture_read(const struct picture_place *place, struct size box, struct pixels *pixels,
	enum image_format *format, struct error *err)
{
	struct stream in = {0};
	struct image *image;
	int rc = -1;

	if (object_open(place->store, &place->name, place->max_bytes, &in, err))
		return -1;
	image = image_open(&in, &place->limits, err);
	if (image && format)
		*format = image_info(image)->format;
	if (image)
		rc = image_pixels(image, box, pixels, err);
	if (rc)
		object_prefix(err, &place->name);
	image_free(image);
	stream_close(&in);
	return rc;
}
