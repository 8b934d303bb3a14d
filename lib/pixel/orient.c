#include "pixel/orient.h"

#include <string.h>

#include "pixel/pixels.h"

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

static inline void copy_pixel(const unsigned char *from, unsigned char *to, size_t channels)
{
	for (size_t c = 0; c < channels; c++)
		to[c] = from[c];
}

/* Columns become rows. Each line is walked once for all of them, since what lies below one another
 * lies far apart in memory. `channels` is a constant where this is called. */
static inline void turn_columns(const struct pixels *stored, struct turn turn, int y, int count,
	unsigned char *rows, size_t stride, size_t channels)
{
	int height = stored->size.height, width = stored->size.width;

	for (int x = 0; x < height; x++) {
		const unsigned char *line =
			pixels_row(stored, turn.from_bottom ? height - 1 - x : x);
		unsigned char *to = rows + (size_t)x * channels;

		for (int i = 0; i < count; i++) {
			int column = turn.from_right ? width - 1 - (y + i) : y + i;

			copy_pixel(line + (size_t)column * channels, to + (size_t)i * stride,
				channels);
		}
	}
}

static inline void turn_row(
	const struct pixels *stored, struct turn turn, int y, unsigned char *row, size_t channels)
{
	int width = stored->size.width;
	const unsigned char *line =
		pixels_row(stored, turn.from_bottom ? stored->size.height - 1 - y : y);

	for (int x = 0; x < width; x++)
		copy_pixel(line + (size_t)(turn.from_right ? width - 1 - x : x) * channels,
			row + (size_t)x * channels, channels);
}

void orient_rows(const struct pixels *stored, int orientation, int y, int count,
	unsigned char *rows, size_t stride)
{
	struct turn turn = turn_of(orientation);
	size_t channels = (size_t)pixels_channels(stored->kind);

	if (turn.swapped && channels == 1)
		turn_columns(stored, turn, y, count, rows, stride, 1);
	else if (turn.swapped)
		turn_columns(stored, turn, y, count, rows, stride, channels);
	for (int i = 0; !turn.swapped && i < count; i++)
		turn_row(stored, turn, y + i, rows + (size_t)i * stride, channels);
}
