#ifndef IMAGE_RENDER_H
#define IMAGE_RENDER_H

#include "image/fit.h"
#include "image/paint.h"

struct codec;
struct color;
struct error;
struct image_output;
struct metadata;
struct raster;
struct scale;

/* What all renditions of a picture share. */
struct original {
	struct size size; /* as stored */
	int orientation;
	const struct raster *raster;
	const struct color *color;
	const struct metadata *metadata; /* that goes into each */
};

/*
 * One rendition on its way: every row of the picture is scaled, painted, and put on the canvas that
 * is encoded. Only what has to be turned upright is held, and that is small already. Starts at
 * zero.
 */
struct render {
	const struct codec *codec;
	struct placement placement; /* of the upright picture */
	int orientation;
	struct scale *scale;
	struct paint paint;
	struct pixels lying;   /* the scaled picture as stored, unless it's upright */
	int lying_rows;	       /* that are there */
	unsigned char *scaled; /* a row before and */
	unsigned char *canvas; /* after painting */
	void *encoder;
};

/* Start on `output`, to be placed as `placement` says, and set its size. Return -1 with `err`
 * filled if it is too large for its format, memory runs out or it can't be written. */
int render_init(struct render *render, struct image_output *output,
	const struct placement *placement, const struct original *original, struct error *err);

/* Take the raster's next row. */
int render_push(struct render *render, const unsigned char *row, struct error *err);

/* After the last row, write what is left. */
int render_finish(struct render *render, struct error *err);

void render_release(struct render *render);

#endif
