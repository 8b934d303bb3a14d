#ifndef VISION_REKOGNITION_IMAGE_H
#define VISION_REKOGNITION_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;
struct picture_place;

/*
 * How a picture gets to Rekognition: JPEG and PNG in S3 are named, other JPEG and PNG are sent as
 * they are, and all else is sent as a JPEG made of it. So is what is over a limit, in ink, or
 * stored in a way that Rekognition is not known to turn upright:
 * https://docs.aws.amazon.com/rekognition/latest/dg/limits.html,
 * https://docs.aws.amazon.com/rekognition/latest/dg/images-orientation.html
 */

enum {
	REKOGNITION_MIN_SIDE = 80,
	REKOGNITION_MAX_SIDE = 10000,
	REKOGNITION_MAX_BYTES = 5 << 20,	 /* that are sent */
	REKOGNITION_MAX_OBJECT_BYTES = 15000000, /* in S3 */
};

/* Append the value of the call's member "Image". Return 0, or 1, with nothing appended and the
 * reason in `note`, if the picture is too small to be looked at; -1 with `err` filled, with the
 * object's name, if it can't be read or is refused by its limits. */
int rekognition_image(const struct picture_place *place, struct buffer *json, char *note,
	size_t note_size, struct error *err);

#endif
