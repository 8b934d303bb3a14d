#include "store/picture.h"

#include "base/error.h"

int picture_open(
	const struct picture_place *place, struct picture_opened *opened, struct error *err)
{
	if (object_open(place->store, &place->name, place->max_bytes, &opened->in, err))
		return -1;
	opened->image = image_open(&opened->in, &place->limits, err);
	return opened->image ? 0 : object_prefix(err, &place->name);
}

void picture_close(struct picture_opened *opened)
{
	image_free(opened->image);
	stream_close(&opened->in);
	*opened = (struct picture_opened){0};
}

int picture_read(const struct picture_place *place, struct size box, struct pixels *pixels,
	enum image_format *format, struct error *err)
{
	struct picture_opened opened = {0};
	int rc = picture_open(place, &opened, err);

	if (rc == 0 && format)
		*format = image_info(opened.image)->format;
	if (rc == 0 && image_pixels(opened.image, box, pixels, err))
		rc = object_prefix(err, &place->name);
	picture_close(&opened);
	return rc;
}
