#ifndef IMAGE_PNG_FILTER_H
#define IMAGE_PNG_FILTER_H

#include <stddef.h>

/*
 * PNG's filters: every row is stored as what is left of it once it has been guessed from the
 * pixels left (a), above (b) and above left (c), byte by byte (PNG specification, 9). `step` is
 * how many bytes a pixel has, 1 where it has fewer bits. Outside of the picture is 0.
 */
enum png_filter { PNG_NONE, PNG_SUB, PNG_UP, PNG_AVERAGE, PNG_PAETH, PNG_FILTERS };

/* Bytes that may be read and written behind a row. */
#define PNG_FILTER_SLACK 8

/* Undo what `filter` made of `row`; `above` is the row before it, undone. */
void png_filter_undo(enum png_filter filter, unsigned char *row, const unsigned char *above,
	size_t size, size_t step);

/* Undo PNG_PAETH of two rows that follow on each other, which is cheaper than one by one. */
void png_filter_undo_pair(unsigned char *row, unsigned char *next, const unsigned char *above,
	size_t size, size_t step);

#endif
