#include "vision/rekognition_image.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "pixel/pixels.h"
#include "store/key.h"
#include "store/picture.h"

/* A picture that has to be made for Rekognition is no larger than this, if it can be: as many
 * pixels as it looks at. */
enum { MADE_SIDE = 1920, MADE_QUALITY = 90, CHUNK = 65536 };

/* What decides how a picture is sent. */
struct form {
	bool as_it_is; /* Rekognition reads it, and turns it as we do */
	struct size size;
	uint64_t bytes; /* at most; 0 is unknown */
};

static int shorter(struct size size)
{
	return size.width < size.height ? size.width : size.height;
}

static int longer(struct size size)
{
	return size.width > size.height ? size.width : size.height;
}

/* Return whether Rekognition shows a picture upright that has the orientation. It is documented to
 * heed a JPEG's, though not where the picture is mirrored, and a PNG has none for it. */
static bool turns(enum image_format format, int orientation)
{
	return orientation == 1 ||
		(format == IMAGE_JPEG &&
			(orientation == 3 || orientation == 6 || orientation == 8));
}

static bool reads(enum image_format format, struct size size)
{
	return (format == IMAGE_JPEG || format == IMAGE_PNG) &&
		longer(size) <= REKOGNITION_MAX_SIDE;
}

/* Find the form without reading, if that is known; else open the picture. */
static int find_form(const struct picture_place *place, struct picture_opened *opened,
	struct form *form, struct error *err)
{
	const struct picture_known *known = &place->known;
	const struct image_info *info;

	form->bytes = known->bytes;
	if (known->header) {
		form->size = known->size;
		form->as_it_is = reads(known->format, known->size);
		return 0;
	}
	if (picture_open(place, opened, err))
		return -1;
	info = image_info(opened->image);
	form->size = info->size;
	form->as_it_is = reads(info->format, info->size) && !info->is_cmyk &&
		turns(info->format, info->orientation);
	return 0;
}

/* Return whether the object has so few bytes that it may be named. Where they are not known, it has
 * hardly more than its pixels have in memory. */
static bool fits(const struct form *form)
{
	uint64_t most = 4 * (uint64_t)form->size.width * (uint64_t)form->size.height;

	return (form->bytes ? form->bytes : most) <= REKOGNITION_MAX_OBJECT_BYTES;
}

static void tell_object(const struct object_name *name, struct buffer *json)
{
	struct buffer object = {0};

	buffer_byte(&object, '{');
	compose_string(&object, "Bucket", name->bucket);
	compose_string(&object, "Name", name->key);
	compose_string(&object, "Version", name->version_id);
	buffer_byte(&object, '}');
	buffer_byte(json, '{');
	compose_json(json, "S3Object", object.bytes);
	buffer_byte(json, '}');
	buffer_release(&object);
}

static void tell_bytes(const struct buffer *bytes, struct buffer *json)
{
	buffer_text(json, "{\"Bytes\":\"");
	base64_encode(json, bytes->bytes, bytes->length);
	buffer_text(json, "\"}");
}

/* Read the object into `bytes`; 1 if it is too large to be sent. */
static int read_bytes(const struct picture_place *place, struct buffer *bytes, struct error *err)
{
	struct stream in = {0};
	ssize_t n = CHUNK;

	if (object_open(place->store, &place->name, place->max_bytes, &in, err))
		return -1;
	while (n == CHUNK && bytes->length <= REKOGNITION_MAX_BYTES) {
		buffer_reserve(bytes, CHUNK);
		n = stream_read(&in, bytes->bytes + bytes->length, CHUNK, err);
		bytes->length += n > 0 ? (size_t)n : 0;
	}
	stream_close(&in);
	if (n < 0)
		return object_prefix(err, &place->name);
	return bytes->length > REKOGNITION_MAX_BYTES;
}

/* Return how large a picture may be made: as small as its shorter side allows. */
static int box_side(struct size size)
{
	double side = REKOGNITION_MIN_SIDE * (double)longer(size) / shorter(size);

	if (side <= MADE_SIDE)
		return MADE_SIDE;
	return side < REKOGNITION_MAX_SIDE ? (int)side + 1 : REKOGNITION_MAX_SIDE;
}

static int encode(const struct pixels *pixels, struct buffer *bytes, struct error *err)
{
	static const struct rendition rendition = {
		.format = IMAGE_JPEG, .quality = MADE_QUALITY, .effort = 4};
	struct stream out = {0};
	int rc;

	stream_to_buffer(&out, bytes);
	rc = image_encode(pixels, &rendition, &out, err);
	stream_close(&out);
	if (rc == 0 && bytes->length > REKOGNITION_MAX_BYTES)
		rc = error_limit(err, "as a JPEG it has %zu bytes, over the %d that can be sent",
			bytes->length, REKOGNITION_MAX_BYTES);
	return rc;
}

/* Make a JPEG of the picture. */
static int make_bytes(const struct picture_place *place, struct picture_opened *opened,
	struct buffer *bytes, struct error *err)
{
	struct pixels pixels = {0};
	int side, rc;

	if (!opened->image && picture_open(place, opened, err))
		return -1;
	side = box_side(image_info(opened->image)->size);
	rc = image_pixels(opened->image, (struct size){side, side}, &pixels, err);
	buffer_clear(bytes);
	if (rc == 0)
		rc = encode(&pixels, bytes, err);
	pixels_release(&pixels);
	return rc ? object_prefix(err, &place->name) : 0;
}

static int send_bytes(const struct picture_place *place, struct picture_opened *opened,
	const struct form *form, struct buffer *json, struct error *err)
{
	struct buffer bytes = {0};
	int rc = 1;

	if (form->as_it_is && form->bytes <= REKOGNITION_MAX_BYTES)
		rc = read_bytes(place, &bytes, err);
	if (rc == 1)
		rc = make_bytes(place, opened, &bytes, err);
	if (rc == 0)
		tell_bytes(&bytes, json);
	buffer_release(&bytes);
	return rc;
}

/* Return whether Rekognition does not look at a picture of that size, even made smaller. */
static bool is_too_small(struct size size)
{
	return shorter(size) < REKOGNITION_MIN_SIDE ||
		(double)shorter(size) * REKOGNITION_MAX_SIDE <
		(double)longer(size) * REKOGNITION_MIN_SIDE;
}

static void tell_too_small(
	const struct picture_place *place, struct size size, char *note, size_t note_size)
{
	char shown[KEY_TEXT];

	key_show(shown, place->name.bucket, place->name.key);
	snprintf(note, note_size,
		"%s: not looked at: %d x %d pixels, and Rekognition takes no side below %d, or "
		"above "
		"%d",
		shown, size.width, size.height, REKOGNITION_MIN_SIDE, REKOGNITION_MAX_SIDE);
}

int rekognition_image(const struct picture_place *place, struct buffer *json, char *note,
	size_t note_size, struct error *err)
{
	struct picture_opened opened = {0};
	struct object_name in_s3;
	struct form form = {0};
	int rc = find_form(place, &opened, &form, err);

	if (rc == 0 && is_too_small(form.size)) {
		tell_too_small(place, form.size, note, note_size);
		rc = 1;
	} else if (rc == 0 && form.as_it_is && fits(&form) &&
		object_in_s3(place->store, &place->name, &in_s3)) {
		tell_object(&in_s3, json);
	} else if (rc == 0) {
		rc = send_bytes(place, &opened, &form, json, err);
	}
	picture_close(&opened);
	return rc;
}
