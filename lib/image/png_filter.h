#ifndef IMAGE_PNG_FILTER_H
#define IMAGE_PNG_FILTER_H

#include <stddef.h>

struct error;

/*
 * PNG's filters: every row is stored as what is left of it once it has been guessed from the
 * pixels left (a), above (b) and above left (c), byte by byte (PNG specification, 9). `step` is
 * how many bytes a pixel has, 1 where it has fewer bits. Outside of the picture is 0.
 */
enum png_filter { PNG_NONE, PNG_SUB, PNG_UP, PNG_AVERAGE, PNG_PAETH, PNG_FILTERS };

/* What filters work with. Starts at zero. */
struct png_filtering {
	size_t size, step;
	unsigned char *memory;
	unsigned char *row, *above;
	unsigned char *tries[PNG_FILTERS];
};

/* Begin with rows of `size` bytes; -1 with `err` filled if there is no room. */
int png_filter_init(struct png_filtering *filtering, size_t size, size_t step, struct error *err);

/* Filter the next row by whichever filter leaves the smallest values, a rule of thumb of the
 * specification's (12.8) that costs little and does well. Return the filter and what it left, 1 +
 * `size` bytes that are good until the next call. */
const unsigned char *png_filter_apply(struct png_filtering *filtering, const unsigned char *row);

/* Free the room and start over at zero. */
void png_filter_release(struct png_filtering *filtering);

/* Bytes that may be read and written behind a row. */
#define PNG_FILTER_SLACK 8

/* Undo what `filter` made of `row`; `above` is the row before it, undone. */
void png_filter_undo(enum png_filter filter, unsigned char *row, const unsigned char *above,
	size_t size, size_t step);

/* Undo PNG_PAETH of two rows that follow on each other, which is cheaper than one by one. */
void png_filter_undo_pair(unsigned char *row, unsigned char *next, const unsigned char *above,
	size_t size, size_t step);

#endif
