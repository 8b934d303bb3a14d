#ifndef PIXEL_COLOR_H
#define PIXEL_COLOR_H

#include <stddef.h>

#include "base/buffer.h"

#include "pixel/pixels.h"

/* What a picture says its numbers mean. Starts at zero, which is sRGB. */
struct color_space {
	struct buffer profile; /* an ICC profile */
	/* or, as PNG has it: how numbers become light, and which lights (x and y of CIE 1931) */
	double gamma; /* 0 if it isn't said */
	double white[2], red[2], green[2], blue[2];
};

/* Write the profile's description to `text`, of `room` bytes, in UTF-8; "" if there is no profile
 * or it can't be read. */
void color_describe(const struct color_space *space, char *text, size_t room);

/* The way from a picture's colours to sRGB's. Many threads may each have their own. */
struct color;

/* Prepare to convert pixels of `kind`. A profile that is broken, or for another kind, is ignored.
 * Free with color_free(). */
struct color *color_new(const struct color_space *space, enum pixels_kind kind);

/* Return the kind that pixels of `kind` are converted to: the same, but RGB for CMYK and for
 * planes, which come joined as RGB. */
enum pixels_kind color_kind(enum pixels_kind kind);

/* Return whether converting changes nothing. */
int color_is_srgb(const struct color *color);

/* Convert `width` pixels from `from` to `to`, which are two places. */
void color_convert(
	const struct color *color, const unsigned char *from, unsigned char *to, int width);

/* Free; takes NULL. */
void color_free(struct color *color);

/* Append a line with the library's version. */
void color_version(struct buffer *lines);

#endif
