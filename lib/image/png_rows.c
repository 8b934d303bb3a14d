#include "image/png_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#include "pixel/pixels.h"

#include "image/png_filter.h"

static size_t row_bytes(const struct png_rows *rows, int width)
{
	return ((size_t)width * rows->pixel_bits + 7) / 8;
}

int png_rows_init(struct png_rows *rows, const struct bytes *pixels, int pixel_bits, int width,
	struct error *err)
{
	size_t room;

	rows->pixel_bits = (size_t)pixel_bits;
	room = 1 + row_bytes(rows, width) + PNG_FILTER_SLACK;
	rows->memory = pixels_room(3, room, err);
	if (!rows->memory)
		return -1;
	rows->above = rows->memory;
	rows->row = rows->memory + room;
	rows->next = rows->memory + 2 * room;
	rows->inflate = png_inflate_new(pixels);
	return 0;
}

void png_rows_start(struct png_rows *rows, int width, int height)
{
	rows->size = row_bytes(rows, width);
	rows->left = height;
	memset(rows->above, 0, 1 + rows->size);
}

static int inflate_row(struct png_rows *rows, unsigned char *row, struct error *err)
{
	rows->left--;
	if (png_inflate_read(rows->inflate, row, 1 + rows->size, err))
		return -1;
	if (row[0] >= PNG_FILTERS)
		return error_invalid(err, "broken PNG: a row has the unknown filter %d", row[0]);
	return 0;
}

/* Undo the filters of the rows that were inflated. */
static void undo(const struct png_rows *rows)
{
	size_t step = (rows->pixel_bits + 7) / 8;
	unsigned char *row = rows->row, *next = rows->next;

	if (rows->next_is_ready && row[0] == PNG_PAETH && next[0] == PNG_PAETH) {
		png_filter_undo_pair(row + 1, next + 1, rows->above + 1, rows->size, step);
		return;
	}
	png_filter_undo((enum png_filter)row[0], row + 1, rows->above + 1, rows->size, step);
	if (rows->next_is_ready)
		png_filter_undo((enum png_filter)next[0], next + 1, row + 1, rows->size, step);
}

/* The next row becomes the one above those that follow it. */
static const unsigned char *turn(struct png_rows *rows)
{
	unsigned char *above = rows->above;

	rows->above = rows->row;
	rows->row = rows->next;
	rows->next = above;
	return rows->above + 1;
}

/* Rows are inflated by twos, for so Paeth's filter is undone best. */
const unsigned char *png_rows_next(struct png_rows *rows, struct error *err)
{
	if (rows->next_is_ready) {
		rows->next_is_ready = 0;
		return turn(rows);
	}
	if (inflate_row(rows, rows->row, err))
		return NULL;
	if (rows->left > 0) {
		if (inflate_row(rows, rows->next, err))
			return NULL;
		rows->next_is_ready = 1;
	}
	undo(rows);
	return turn(rows);
}

int png_rows_finish(struct png_rows *rows, struct error *err)
{
	return png_inflate_finish(rows->inflate, err);
}

void png_rows_release(struct png_rows *rows)
{
	png_inflate_free(rows->inflate);
	free(rows->memory);
	*rows = (struct png_rows){0};
}
