#ifndef IMAGE_RENDER_H
#define IMAGE_RENDER_H

#include "pixel/fit.h"
#include "pixel/paint.h"

#include "image/codec.h"

struct color;
struct error;
struct image_output;
struct metadata;
struct pyramid;
struct scale;

/* What all renditions of a picture share. */
struct original {
	struct size size; /* as stored */
	int orientation;
	enum pixels_kind kind;
	struct pyramid *pyramids; /* one a plane */
	const struct color *color;
	const struct metadata *metadata; /* that goes into each */
};

/*
 * One rendition on its way. Its planes are scaled; if the codec takes them as they are then, they
 * are encoded, a strip at a time; if not, rows are painted, and put on the canvas that is encoded.
 * Only what has to be turned upright is held, and that is small already. Starts at zero.
 */
struct render {
	const struct codec *codec;
	struct placement placement; /* of the upright picture */
	int orientation;
	enum pixels_kind from, to;
	int planes;	 /* that are scaled */
	int full_chroma; /* and as large as the first */
	struct scale *scale[PIXELS_PLANES];
	struct size size[PIXELS_PLANES]; /* scaled, as stored */
	int rows;			 /* made so far, of the first plane */
	struct paint paint;
	struct strip strip;  /* what is encoded next */
	struct strip scaled; /* a row of each plane before painting */
	struct pixels
		unturned[PIXELS_PLANES]; /* the scaled picture as stored, unless it's upright */
	void *encoder;
};

/* Start on `output`, to be placed as `placement` says, and set its size. The pyramids' rows are yet
 * to come. Return -1 with `err` filled if it is too large for its format, memory runs out or it
 * can't be written. */
int render_init(struct render *render, struct image_output *output,
	const struct placement *placement, const struct original *original, struct error *err);

/* Say to the pyramids which rows are still needed. */
void render_need(const struct render *render);

/* Take what can be made of the pyramids' rows. */
int render_take(struct render *render, struct error *err);

/* After the last row, write what is left. */
int render_finish(struct render *render, struct error *err);

void render_release(struct render *render);

#endif
