#include "image/png_palette.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Slots of the hash table: a power of two, four times as many as there are colours. */
#define SLOT_BITS 10
#define SLOTS (1U << SLOT_BITS)
/* More grays than these take 8 bits in any case. */
#define MOST_GRAYS 16
#define CHUNK_BYTES 12 /* a chunk's length, type and check sum */

typedef unsigned char rgba[4];

struct png_palette {
	enum pixels_kind kind;
	size_t width;
	int rows;
	struct bytes indices;
	int count, most, transparent;
	rgba colors[PNG_PALETTE_MOST];	       /* by index, once they are sorted by `order` */
	unsigned char order[PNG_PALETTE_MOST]; /* what an index of `indices` has become */
	uint16_t slots[SLOTS];		       /* 1 + an index, 0 if empty */
};

struct png_palette *png_palette_new(enum pixels_kind kind, int width)
{
	struct png_palette *palette = memory_new(1, sizeof(*palette));

	palette->kind = kind;
	palette->width = (size_t)width;
	palette->most = kind == PIXELS_GRAY ? MOST_GRAYS : PNG_PALETTE_MOST;
	for (int i = 0; i < PNG_PALETTE_MOST; i++)
		palette->order[i] = (unsigned char)i;
	return palette;
}

void png_palette_free(struct png_palette *palette)
{
	if (!palette)
		return;
	bytes_release(&palette->indices);
	free(palette);
}

static void to_rgba(enum pixels_kind kind, const unsigned char *pixel, rgba color)
{
	int is_gray = kind == PIXELS_GRAY || kind == PIXELS_GRAY_ALPHA;
	int channels = pixels_channels(kind);

	color[0] = pixel[0];
	color[1] = pixel[is_gray ? 0 : 1];
	color[2] = pixel[is_gray ? 0 : 2];
	color[3] = pixels_have_alpha(kind) ? pixel[channels - 1] : 255;
}

/* Return the colour's index, a new one if need be; -1 if there are too many. */
static int find(struct png_palette *palette, const rgba color)
{
	uint32_t value, slot;

	memcpy(&value, color, sizeof(value));
	slot = value * 2654435769U >> (32 - SLOT_BITS);
	while (palette->slots[slot]) {
		int index = palette->slots[slot] - 1;

		if (memcmp(palette->colors[index], color, sizeof(rgba)) == 0)
			return index;
		slot = (slot + 1) % SLOTS;
	}
	if (palette->count == palette->most)
		return -1;
	memcpy(palette->colors[palette->count], color, sizeof(rgba));
	palette->slots[slot] = (uint16_t)++palette->count;
	return palette->count - 1;
}

int png_palette_take(struct png_palette *palette, const unsigned char *row, struct error *err)
{
	size_t channels = (size_t)pixels_channels(palette->kind);
	unsigned char *to = bytes_extend(&palette->indices, palette->width, err);
	rgba color, last;
	int index = -1;

	if (!to)
		return -1;
	for (size_t x = 0; x < palette->width; x++, row += channels) {
		to_rgba(palette->kind, row, color);
		if (index < 0 || memcmp(color, last, sizeof(rgba)) != 0) {
			index = find(palette, color);
			if (index < 0)
				return 0;
			memcpy(last, color, sizeof(rgba));
		}
		to[x] = (unsigned char)index;
	}
	palette->rows++;
	return 1;
}

int png_palette_rows(const struct png_palette *palette)
{
	return palette->rows;
}

/* Return whether all colours are gray, and the fewest bits that tell these grays apart. */
static int are_gray(const struct png_palette *palette, int *depth)
{
	*depth = 1;
	for (int i = 0; i < palette->count; i++) {
		const unsigned char *color = palette->colors[i];

		if (color[0] != color[1] || color[1] != color[2])
			return 0;
		while (color[0] % (255 / ((1 << *depth) - 1)) != 0)
			*depth *= 2;
	}
	return 1;
}

static int are_opaque(const struct png_palette *palette)
{
	for (int i = 0; i < palette->count; i++)
		if (palette->colors[i][3] != 255)
			return 0;
	return 1;
}

static int index_depth(int count)
{
	return count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
}

/* Put the colours that are not opaque first, since alphas are stored up to the last of these. */
static void sort(struct png_palette *palette)
{
	rgba sorted[PNG_PALETTE_MOST];
	int count = 0;

	for (int opaque = 0; opaque < 2; opaque++) {
		for (int i = 0; i < palette->count; i++) {
			if ((palette->colors[i][3] == 255) != opaque)
				continue;
			memcpy(sorted[count], palette->colors[i], sizeof(rgba));
			palette->order[i] = (unsigned char)count++;
		}
		if (!opaque)
			palette->transparent = count;
	}
	memcpy(palette->colors, sorted, (size_t)count * sizeof(rgba));
}

/* Return how many bytes it takes before they are deflated. */
static size_t cost(const struct png_palette *palette, const struct png_storage *storage)
{
	size_t rows = (size_t)palette->rows * (1 + png_storage_bytes(storage, (int)palette->width));
	size_t colors = (size_t)palette->count, transparent = 0;

	if (!storage->indexed)
		return rows;
	for (int i = 0; i < palette->count; i++)
		transparent += palette->colors[i][3] != 255;
	return rows + CHUNK_BYTES + 3 * colors + (transparent ? CHUNK_BYTES + transparent : 0);
}

struct png_storage png_palette_choose(struct png_palette *palette)
{
	int depth, gray = are_gray(palette, &depth), opaque = are_opaque(palette);
	struct png_storage direct = {.depth = gray && opaque ? depth : 8},
			   indexed = {.indexed = 1, .depth = index_depth(palette->count)};

	direct.kind = gray ? PIXELS_GRAY : PIXELS_RGB;
	if (!opaque)
		direct.kind = pixels_transparent(direct.kind);
	if (cost(palette, &direct) <= cost(palette, &indexed))
		return direct;
	sort(palette);
	return indexed;
}

/* Write values of `depth` bits, the first in the upper bits of a byte. */
static void write_values(const struct png_palette *palette, const struct png_storage *storage,
	const unsigned char *indices, unsigned char *to)
{
	int unit = 255 / ((1 << storage->depth) - 1), shift = 8;

	*to = 0;
	for (size_t x = 0; x < palette->width; x++) {
		int value = storage->indexed ? palette->order[indices[x]]
					     : palette->colors[indices[x]][0] / unit;

		if (shift == 0) {
			*++to = 0;
			shift = 8;
		}
		shift -= storage->depth;
		*to = (unsigned char)(*to | value << shift);
	}
}

static void write_pixels(const struct png_palette *palette, enum pixels_kind kind,
	const unsigned char *indices, unsigned char *to)
{
	size_t channels = (size_t)pixels_channels(kind);

	for (size_t x = 0; x < palette->width; x++, to += channels) {
		const unsigned char *color = palette->colors[indices[x]];

		memcpy(to, color, channels);
		if (kind == PIXELS_GRAY_ALPHA)
			to[1] = color[3];
	}
}

void png_palette_row(const struct png_palette *palette, const struct png_storage *storage, int y,
	unsigned char *to)
{
	const unsigned char *indices = palette->indices.at + (size_t)y * palette->width;

	if (storage->indexed || storage->kind == PIXELS_GRAY)
		write_values(palette, storage, indices, to);
	else
		write_pixels(palette, storage->kind, indices, to);
}

int png_palette_colors(
	const struct png_palette *palette, const unsigned char **colors, int *transparent)
{
	*colors = palette->colors[0];
	*transparent = palette->transparent;
	return palette->count;
}

size_t png_storage_bytes(const struct png_storage *storage, int width)
{
	size_t channels = storage->indexed ? 1 : (size_t)pixels_channels(storage->kind);

	return ((size_t)width * channels * (size_t)storage->depth + 7) / 8;
}
