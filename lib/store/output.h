#ifndef STORE_OUTPUT_H
#define STORE_OUTPUT_H

#include <stdbool.h>

#include "image/image.h"

/*
 * The keys of renditions: "processed/NAME/PATH", where PATH is the source's key without its
 * "uploads/" and with a suffix that tells the format.
 */

/* Return whether `key` is one that output_key() makes: it begins with `out_prefix`, which is not
 * empty. */
bool output_is(const char *out_prefix, const char *key);

/* Return the key for the rendition `name` of `key`, in `format`. `in_prefix` is cut off if it is
 * there. A suffix that means the format stays, a.jpg; to any other the format's is appended,
 * a.png.jpg. So that no two sources share an output, it is appended again where a source's own name
 * looks like that, a.png.jpg.jpg, and behind one more dot where there was no picture's suffix,
 * scan..jpg. Two keys that differ by `in_prefix` alone still do. Free with free(). */
char *output_key(const char *in_prefix, const char *out_prefix, const char *name, const char *key,
	enum image_format format);

#endif
