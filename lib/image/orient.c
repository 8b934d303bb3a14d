#include "image/orient.h"

#include <string.h>

#include "image/pixels.h"

/* A picture is turned upright by reading its columns as rows, or not, and either from its end. */
struct turn {
	int swapped, from_right, from_bottom;
};

static struct turn turn_of(int orientation)
{
	static const struct turn turns[9] = {
		[2] = {0, 1, 0},
		[3] = {0, 1, 1},
		[4] = {0, 0, 1},
		[5] = {1, 0, 0},
		[6] = {1, 0, 1},
		[7] = {1, 1, 1},
		[8] = {1, 1, 0},
	};

	return turns[orientation >= 1 && orientation <= 8 ? orientation : 1];
}

struct size orient_size(struct size size, int orientation)
{
	if (!turn_of(orientation).swapped)
		return size;
	return (struct size){size.height, size.width};
}

struct window orient_window(struct window window, struct size stored, int orientation)
{
	struct turn turn = turn_of(orientation);
	struct window lies = window;

	if (turn.swapped)
		lies = (struct window){window.top, window.left, window.height, window.width};
	if (turn.from_right)
		lies.left = stored.width - lies.left - lies.width;
	if (turn.from_bottom)
		lies.top = stored.height - lies.top - lies.height;
	return lies;
}

void orient_row(const struct pixels *stored, int orientation, int y, unsigned char *row)
{
	struct turn turn = turn_of(orientation);
	size_t channels = (size_t)pixels_channels(stored->kind);
	int width = orient_size(stored->size, orientation).width;

	for (int x = 0; x < width; x++) {
		int column = turn.swapped ? y : x, line = turn.swapped ? x : y;

		if (turn.from_right)
			column = stored->size.width - 1 - column;
		if (turn.from_bottom)
			line = stored->size.height - 1 - line;
		memcpy(row + (size_t)x * channels,
			pixels_row(stored, line) + (size_t)column * channels, channels);
	}
}
