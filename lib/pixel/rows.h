#ifndef PIXEL_ROWS_H
#define PIXEL_ROWS_H

#include <stddef.h>

struct error;

/*
 * The last rows of a plane, in a ring: they come at its end, and go when nobody needs them any
 * more. They are numbered from the plane's top. Starts at zero.
 */
struct rows {
	unsigned char *bytes;
	size_t stride; /* bytes from a row to the next, SIMD_SLACK among them */
	int capacity;  /* rows; row y lies at y modulo this */
	int end;       /* rows that have come so far */
};

/* Start on rows of `row_bytes` bytes. Nothing is allocated yet. */
void rows_init(struct rows *rows, size_t row_bytes);

/* Make room for `more` rows after the end, and keep those from `keep` on: earlier ones are gone.
 * Return -1 with `err` filled if memory runs out. */
int rows_reserve(struct rows *rows, int keep, int more, struct error *err);

/* Return the row at `y`, which is one of those kept or reserved. */
unsigned char *rows_at(const struct rows *rows, int y);

/* Return a row as floats, for which its place is aligned. */
float *rows_floats(unsigned char *row);

/* Free the rows and start over at zero. */
void rows_release(struct rows *rows);

#endif
