#include "pixel/rows.h"

#include <stdlib.h>
#include <string.h>

#include "pixel/pixels.h"
#include "pixel/simd.h"

void rows_init(struct rows *rows, size_t row_bytes)
{
	/* an odd number of cache lines keeps rows below one another from sharing a place in it */
	size_t lines = (row_bytes + SIMD_SLACK + 63) / 64;

	*rows = (struct rows){.stride = (lines | 1) * 64};
}

unsigned char *rows_at(const struct rows *rows, int y)
{
	return rows->bytes + (size_t)(y % rows->capacity) * rows->stride;
}

int rows_reserve(struct rows *rows, int keep, int more, struct error *err)
{
	struct rows larger = *rows;
	int held;

	if (keep > rows->end)
		keep = rows->end;
	held = rows->end - keep;
	if (held + more <= rows->capacity)
		return 0;
	larger.capacity = held + more + held / 2;
	larger.bytes = pixels_room((size_t)larger.capacity, larger.stride, err);
	if (!larger.bytes)
		return -1;
	for (int y = keep; y < rows->end; y++)
		memcpy(rows_at(&larger, y), rows_at(rows, y), rows->stride);
	free(rows->bytes);
	*rows = larger;
	return 0;
}

float *rows_floats(unsigned char *row)
{
	return (float *)(void *)row;
}

void rows_release(struct rows *rows)
{
	free(rows->bytes);
	*rows = (struct rows){0};
}
