#ifndef PIXEL_PYRAMID_H
#define PIXEL_PYRAMID_H

#include "pixel/fit.h"
#include "pixel/rows.h"

struct error;
struct light;

/*
 * The rows of a plane as they come, and the same plane at a half, a quarter, an eighth ... of its
 * size, so that every result is made from the smallest that has all it can show. Only rows that
 * somebody still needs are held. Starts at zero.
 */

#define PYRAMID_LEVELS 20

/* So many pixels a side leave a kernel enough to work on: what a mean of 2x2 pixels, or a smaller
 * inverse transform of a JPEG, takes from a picture before that cannot be seen. */
#define PYRAMID_ENOUGH 1.9

/* Level 0 has the rows as they came. In a plane with alpha level 1 is as large, with the colours
 * multiplied by it, and in one that is scaled in linear light it is what light.h makes of them; the
 * smaller ones are then made of that. */
struct pyramid_level {
	struct size size;
	double scale_x, scale_y; /* of the picture as stored */
	double last_x, last_y;	 /* what there is of the last column and row, 1 as a rule */
	struct rows rows;
	int keep; /* rows before this are needed no more */
	int used; /* somebody reads it, or it is made into the next */
};

struct pyramid {
	int channels;
	int weighed; /* the plane has alpha */
	const struct light *light;
	int levels;
	struct pyramid_level level[PYRAMID_LEVELS];
};

/* Start on a plane of `size`, `scale_x` and `scale_y` times the picture as stored, whose rows need
 * `row_bytes` bytes of room. */
void pyramid_init(struct pyramid *pyramid, int channels, int has_alpha, struct size size,
	double scale_x, double scale_y, size_t row_bytes);

/* Have a plane, of which no row has come, scaled in linear light, which outlives it. */
void pyramid_light(struct pyramid *pyramid, const struct light *light);

/* Return the number of the smallest level of which at least `enough` pixels a side become one when
 * `across` x `down` pixels of the stored picture do. */
int pyramid_choose(const struct pyramid *pyramid, double across, double down);

/* Say that a level will be read. Before any row has come. */
void pyramid_use(struct pyramid *pyramid, int level);

/* Say what is needed, before rows are made room for: nothing, but what is needed from a row on. */
void pyramid_need_nothing(struct pyramid *pyramid);
void pyramid_need(struct pyramid *pyramid, int level, int row);

/* Make room for `more` rows in level 0, and all that follows of them; -1 with `err` filled if
 * memory runs out. They are then written to level 0, whose rows' `end` the writer moves. */
int pyramid_reserve(struct pyramid *pyramid, int more, struct error *err);

/* Make what can be made of the rows that came. */
void pyramid_push(struct pyramid *pyramid);

/* Free the rows and start over at zero. */
void pyramid_release(struct pyramid *pyramid);

#endif
