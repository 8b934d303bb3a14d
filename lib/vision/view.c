#include "vision/view.h"

#include <math.h>
#include <stddef.h>

#include "pixel/kernel.h"
#include "pixel/pixels.h"
#include "pixel/resample.h"

static int at_least_one(double side)
{
	long rounded = lround(side);

	return rounded < 1 ? 1 : (int)rounded;
}

struct view view_letterboxed(struct window window, int side)
{
	double longer = fmax(window.width, window.height);

	return (struct view){.window = window,
		.scaled = {at_least_one(side * window.width / longer),
			at_least_one(side * window.height / longer)}};
}

struct view view_stretched(struct window window, int side)
{
	return (struct view){.window = window, .scaled = {side, side}};
}

/* What an input is of a sample of `value`. */
static float level(const struct network_input *input, int value)
{
	return ((float)value - input->zero) / input->scale;
}

/* The margins are of the colour that a network takes for nothing, zero. */
static void clear(const struct network_input *input, float *room)
{
	size_t samples = 3 * (size_t)input->side * (size_t)input->side;

	for (size_t i = 0; i < samples; i++)
		room[i] = 0;
}

int view_paint(const struct view *view, const struct pixels *picture,
	const struct network_input *input, float *room, struct error *err)
{
	size_t side = (size_t)input->side, plane = side * side;
	size_t left = (side - (size_t)view->scaled.width) / 2;
	size_t top = (side - (size_t)view->scaled.height) / 2;
	struct pixels seen = {0};
	int rc = -1;

	if (pixels_init(&seen, PIXELS_RGB, view->scaled, err) ||
		resample(picture, &view->window, KERNEL_LINEAR, &seen, err))
		goto out;
	clear(input, room);
	for (int y = 0; y < seen.size.height; y++) {
		const unsigned char *row = pixels_row(&seen, y);
		float *to = room + (top + (size_t)y) * side + left;
		ptrdiff_t step = 1;

		if (view->mirrored) {
			to += seen.size.width - 1;
			step = -1;
		}
		for (int x = 0; x < seen.size.width; x++, row += 3, to += step)
			for (size_t c = 0; c < 3; c++)
				to[c * plane] = level(input, row[c]);
	}
	rc = 0;
out:
	pixels_release(&seen);
	return rc;
}
