#ifndef IMAGE_RENDITION_H
#define IMAGE_RENDITION_H

#include <stdbool.h>

#include "image/image.h"

struct error;

enum { RENDITION_NAME = 33, RENDITION_MAX_SIDE = 16384 };

/* A rendition as it is asked for on a command line: a name, and what to make. */
struct rendition_spec {
	char name[RENDITION_NAME]; /* letters, digits, - and _ */
	bool same_format;	   /* rendition.format is the source's own */
	struct rendition rendition;
};

/* Read "NAME=WxH[,fit=inside|cover|contain][,format=jpeg|png|webp][,quality=1..100][,effort=0..6]"
 * over the defaults that `spec` holds. One side may be left out: "1024x", "x320". */
int rendition_parse(const char *text, struct rendition_spec *spec, struct error *err);

/* Return "inside", "cover" or "contain". */
const char *rendition_fit_name(enum fit fit);

/* Read "#rrggbb", "white" or "black" as a background; -1 if it is none. */
int rendition_parse_color(const char *text, unsigned char color[3]);

/* Read "none", "copyright" or "all" as what is kept of metadata; -1 if it is none of them. */
int rendition_parse_keep(const char *text, enum image_keep *keep);

#endif
