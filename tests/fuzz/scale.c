#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "pixel/kernel.h"
#include "pixel/pyramid.h"
#include "pixel/scale.h"
#include "pixel/simd.h"

/* The geometry of scaling: any window of a picture of any size becomes any size, its rows coming in
 * any number at a time, and no row is read that isn't there. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct geometry {
	uint16_t width, height, to_width, to_height;
	uint16_t left, top, window_width, window_height;
	uint8_t channels, step, kernel, twice;
};

static int within(uint16_t number, int most)
{
	return 1 + number % most;
}

/* A part of a line, fractions meant, that may begin before it. */
static void choose(uint16_t start, uint16_t length, int line, double *from, double *extent)
{
	*from = start % 64 == 0 ? -1.5 : start / 65536.0 * line;
	*extent = length % 16 == 0 ? line : 0.01 + length / 65536.0 * line;
}

static void push(struct pyramid *pyramid, int step)
{
	const struct size size = pyramid->level[0].size;
	struct rows *rows = &pyramid->level[0].rows;

	for (int i = 0; i < step && rows->end < size.height; i++, rows->end++)
		memset(rows_at(rows, rows->end), rows->end * 37,
			(size_t)size.width * (size_t)pyramid->channels);
	pyramid_push(pyramid);
}

static void scale_all(struct pyramid *pyramid, struct scale *scale, int step, struct size to)
{
	static unsigned char row[4 * 512 + SIMD_SLACK];
	struct error err;

	for (int y = 0; y < to.height;) {
		pyramid_need_nothing(pyramid);
		scale_need(scale, y);
		if (pyramid_reserve(pyramid, step, &err))
			return;
		push(pyramid, step);
		while (y < to.height && scale_ready(scale, y))
			scale_row(scale, y++, row);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct geometry g;
	struct kernel_table kernel;
	struct scale_plan plan = {.kernel = &kernel};
	struct pyramid pyramid;
	struct scale *scale;
	struct error err;
	struct size from;
	int channels;

	if (size < sizeof(g))
		return 0;
	memcpy(&g, bytes, sizeof(g));
	from = (struct size){within(g.width, g.twice % 2 ? 20000 : 300),
		within(g.height, g.twice % 4 == 0 ? 2000 : 300)};
	plan.to = (struct size){within(g.to_width, 512), within(g.to_height, 300)};
	choose(g.left, g.window_width, from.width, &plan.window.left, &plan.window.width);
	choose(g.top, g.window_height, from.height, &plan.window.top, &plan.window.height);
	channels = 1 + g.channels % 4;
	kernel_init(&kernel, (enum kernel)(g.kernel % (KERNEL_BOX + 1)));
	pyramid_init(&pyramid, channels, channels % 2 == 0 && g.channels > 127, from, 1, 1,
		(size_t)from.width * (size_t)channels);
	scale = scale_new(&pyramid, &plan, &err);
	if (scale)
		scale_all(&pyramid, scale, 1 + g.step % 40, plan.to);
	scale_free(scale);
	pyramid_release(&pyramid);
	return 0;
}
