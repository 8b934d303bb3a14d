#include "image/png_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"

/* Two pixels of at most four bytes, or one of eight, each byte in a lane wide enough to reckon.
 * Compilers make vector instructions of it where there are some. */
typedef int16_t lanes __attribute__((vector_size(16)));
typedef int64_t halves __attribute__((vector_size(16)));
typedef uint8_t packed __attribute__((vector_size(8)));

#define ALWAYS static inline __attribute__((always_inline))

/* Widen a pixel. Of three or six bytes one or two more are read, which is quicker; what becomes of
 * their lanes is never looked at. */
ALWAYS lanes load(const unsigned char *from, size_t step)
{
	packed bytes = {0};

	memcpy(&bytes, from, step == 3 ? 4 : step == 6 ? 8 : step);
	return __builtin_convertvector(bytes, lanes);
}

ALWAYS void store(unsigned char *to, lanes pixel, size_t step)
{
	packed bytes = __builtin_convertvector(pixel, packed);

	memcpy(to, &bytes, step);
}

ALWAYS lanes join(lanes lower, lanes upper)
{
	return (lanes)(halves){((halves)lower)[0], ((halves)upper)[0]};
}

ALWAYS lanes upper_half(lanes both)
{
	return (lanes)(halves){((halves)both)[1], 0};
}

ALWAYS lanes magnitude(lanes value)
{
	lanes sign = value >> 15;

	return (value ^ sign) - sign;
}

/* Whichever of the three is nearest to a + b - c, the first of them if several are. */
ALWAYS lanes paeth(lanes a, lanes b, lanes c)
{
	lanes to_a = b - c, to_b = a - c, to_c = magnitude(to_a + to_b);
	lanes not_a, not_b;

	to_a = magnitude(to_a);
	to_b = magnitude(to_b);
	not_a = (to_a > to_b) | (to_a > to_c);
	not_b = to_b > to_c;
	return (a & ~not_a) | (not_a & ((b & ~not_b) | (c & not_b)));
}

ALWAYS lanes guess(enum png_filter filter, lanes a, lanes b, lanes c)
{
	return filter == PNG_SUB ? a : filter == PNG_AVERAGE ? (a + b) >> 1 : paeth(a, b, c);
}

/* A pixel at a time, for each needs the one before it. */
ALWAYS void undo_pixels(enum png_filter filter, unsigned char *row, const unsigned char *above,
	size_t size, size_t step)
{
	lanes a = {0}, c = {0};

	for (size_t i = 0; i < size; i += step) {
		lanes b = load(above + i, step);

		a = (load(row + i, step) + guess(filter, a, b, c)) & 255;
		c = b;
		store(row + i, a, step);
	}
}

/* Two pixels at a time: in the lower half one of `row`, in the upper half one of `next`, which lags
 * by a pixel so that its neighbours are known. The last step's lower half is behind the row. */
ALWAYS void undo_two(unsigned char *row, unsigned char *next, const unsigned char *above,
	size_t size, size_t step)
{
	static const lanes none = {0};
	lanes b = join(load(above, step), none), c = b;
	lanes a = (join(load(row, step), none) + b) & 255;

	store(row, a, step);
	for (size_t i = step; i <= size; i += step) {
		lanes stored = join(load(row + i, step), load(next + i - step, step));

		b = join(load(above + i, step), a);
		a = (stored + paeth(a, b, c)) & 255;
		c = b;
		store(row + i, a, step);
		store(next + i - step, upper_half(a), step);
	}
}

/* Each size of a pixel is compiled for itself. */
ALWAYS void undo_by(enum png_filter filter, unsigned char *row, const unsigned char *above,
	size_t size, size_t step)
{
	switch (step) {
	case 1:
		undo_pixels(filter, row, above, size, 1);
		break;
	case 2:
		undo_pixels(filter, row, above, size, 2);
		break;
	case 3:
		undo_pixels(filter, row, above, size, 3);
		break;
	case 4:
		undo_pixels(filter, row, above, size, 4);
		break;
	case 6:
		undo_pixels(filter, row, above, size, 6);
		break;
	default:
		undo_pixels(filter, row, above, size, 8);
	}
}

void png_filter_undo(enum png_filter filter, unsigned char *row, const unsigned char *above,
	size_t size, size_t step)
{
	if (filter == PNG_SUB)
		undo_by(PNG_SUB, row, above, size, step);
	else if (filter == PNG_AVERAGE)
		undo_by(PNG_AVERAGE, row, above, size, step);
	else if (filter == PNG_PAETH)
		undo_by(PNG_PAETH, row, above, size, step);
	else if (filter == PNG_UP)
		for (size_t i = 0; i < size; i++)
			row[i] = (unsigned char)(row[i] + above[i]);
}

void png_filter_undo_pair(unsigned char *row, unsigned char *next, const unsigned char *above,
	size_t size, size_t step)
{
	if (step == 4) {
		undo_two(row, next, above, size, 4);
	} else if (step == 3) {
		undo_two(row, next, above, size, 3);
	} else {
		png_filter_undo(PNG_PAETH, row, above, size, step);
		png_filter_undo(PNG_PAETH, next, row, size, step);
	}
}

/* Zeros stand in for what is left of a row's first pixel. */
#define MARGIN 16

int png_filter_init(struct png_filtering *filtering, size_t size, size_t step, struct error *err)
{
	size_t room = MARGIN + size + PNG_FILTER_SLACK;

	filtering->memory = pixels_room(2 + PNG_FILTERS, room, err);
	if (!filtering->memory)
		return -1;
	filtering->size = size;
	filtering->step = step;
	filtering->row = filtering->memory + MARGIN;
	filtering->above = filtering->row + room;
	for (size_t i = 0; i < PNG_FILTERS; i++)
		filtering->tries[i] = filtering->above + (i + 1) * room;
	return 0;
}

void png_filter_release(struct png_filtering *filtering)
{
	free(filtering->memory);
	*filtering = (struct png_filtering){0};
}

ALWAYS unsigned char guess_byte(enum png_filter filter, int a, int b, int c)
{
	int to_a = abs(b - c), to_b = abs(a - c), to_c = abs(a + b - c - c);

	switch (filter) {
	case PNG_SUB:
		return (unsigned char)a;
	case PNG_UP:
		return (unsigned char)b;
	case PNG_AVERAGE:
		return (unsigned char)((a + b) >> 1);
	case PNG_PAETH:
		b = to_b <= to_c ? b : c;
		return (unsigned char)(to_a <= to_b && to_a <= to_c ? a : b);
	default:
		return 0;
	}
}

/* Filter, and return the sum of what is left, as signed values without their signs. */
ALWAYS unsigned long try_filter(
	enum png_filter filter, const struct png_filtering *filtering, unsigned char *restrict left)
{
	const unsigned char *row = filtering->row, *above = filtering->above;
	const unsigned char *before = row - filtering->step;
	const unsigned char *above_before = above - filtering->step;
	size_t size = filtering->size;
	unsigned sum = 0;

	left[0] = (unsigned char)filter;
	for (size_t i = 0; i < size; i++)
		left[i + 1] = (unsigned char)(row[i] -
			guess_byte(filter, before[i], above[i], above_before[i]));
	for (size_t i = 0; i < size; i++) {
		unsigned char plus = left[i + 1], minus = (unsigned char)-plus;

		sum += plus < minus ? plus : minus;
	}
	return sum;
}

const unsigned char *png_filter_apply(struct png_filtering *filtering, const unsigned char *row)
{
	unsigned char **tries = filtering->tries, *above = filtering->above;
	unsigned long sums[PNG_FILTERS];
	size_t best = 0;

	memcpy(filtering->row, row, filtering->size);
	sums[PNG_NONE] = try_filter(PNG_NONE, filtering, tries[PNG_NONE]);
	sums[PNG_SUB] = try_filter(PNG_SUB, filtering, tries[PNG_SUB]);
	sums[PNG_UP] = try_filter(PNG_UP, filtering, tries[PNG_UP]);
	sums[PNG_AVERAGE] = try_filter(PNG_AVERAGE, filtering, tries[PNG_AVERAGE]);
	sums[PNG_PAETH] = try_filter(PNG_PAETH, filtering, tries[PNG_PAETH]);
	for (size_t i = 1; i < PNG_FILTERS; i++)
		if (sums[i] < sums[best])
			best = i;
	filtering->above = filtering->row;
	filtering->row = above;
	return tries[best];
}
