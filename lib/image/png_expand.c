#include "image/png_expand.h"

#include <string.h>

static void copy(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width)
{
	memcpy(to, from, (size_t)width * (size_t)expand->samples);
}

static void look_up(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width)
{
	size_t channels = (size_t)pixels_channels(expand->kind), depth = (size_t)expand->depth;
	unsigned mask = (1U << depth) - 1;

	for (size_t x = 0; x < (size_t)width; x++, to += channels) {
		size_t bit = x * depth;
		unsigned value = (unsigned)from[bit / 8] >> (8 - depth - bit % 8) & mask;

		memcpy(to, expand->table[value], channels);
	}
}

static void find_key(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width)
{
	for (int x = 0; x < width; x++, from += 3, to += 4) {
		int is_key = from[0] == expand->key[0] && from[1] == expand->key[1] &&
			from[2] == expand->key[2];

		memcpy(to, from, 3);
		to[3] = is_key ? 0 : 255;
	}
}

static void round_deep(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width)
{
	for (int x = 0; x < width; x++) {
		int is_key = expand->has_key;

		for (int i = 0; i < expand->samples; i++, from += 2) {
			unsigned value = (unsigned)from[0] << 8 | from[1];

			is_key = is_key && value == expand->key[i];
			*to++ = (unsigned char)((value * 255 + 32895) >> 16);
		}
		if (expand->has_key)
			*to++ = is_key ? 0 : 255;
	}
}

static void take_palette(struct png_expand *expand, png_structp png, png_infop info)
{
	png_colorp colors = NULL;
	png_bytep alphas = NULL;
	int count = 0, transparent = 0;

	png_get_PLTE(png, info, &colors, &count);
	if (png_get_tRNS(png, info, &alphas, &transparent, NULL))
		expand->kind = PIXELS_RGBA;
	for (int i = 0; i < 256; i++) { /* black beyond the palette's end, as libpng has it */
		unsigned char *entry = expand->table[i];

		if (i < count) {
			entry[0] = colors[i].red;
			entry[1] = colors[i].green;
			entry[2] = colors[i].blue;
		}
		entry[3] = i < transparent ? alphas[i] : 255;
	}
}

static void take_key(struct png_expand *expand, png_structp png, png_infop info)
{
	unsigned most = (1U << expand->depth) - 1;
	png_color_16p key;

	if (!png_get_tRNS(png, info, NULL, NULL, &key) || !key)
		return;
	expand->has_key = 1;
	expand->kind = pixels_transparent(expand->kind);
	expand->key[0] = (expand->samples == 1 ? key->gray : key->red) & most;
	expand->key[1] = key->green & most;
	expand->key[2] = key->blue & most;
}

static void fill_grays(struct png_expand *expand)
{
	unsigned most = (1U << expand->depth) - 1;

	for (unsigned i = 0; i <= most; i++) {
		expand->table[i][0] = (unsigned char)(i * 255 / most);
		expand->table[i][1] = expand->has_key && i == expand->key[0] ? 0 : 255;
	}
}

void png_expand_init(struct png_expand *expand, png_structp png, png_infop info)
{
	static const enum pixels_kind kinds[] = {[PNG_COLOR_TYPE_GRAY] = PIXELS_GRAY,
		[PNG_COLOR_TYPE_RGB] = PIXELS_RGB,
		[PNG_COLOR_TYPE_PALETTE] = PIXELS_RGB,
		[PNG_COLOR_TYPE_GRAY_ALPHA] = PIXELS_GRAY_ALPHA,
		[PNG_COLOR_TYPE_RGB_ALPHA] = PIXELS_RGBA};
	int type = png_get_color_type(png, info);

	expand->kind = kinds[type];
	expand->depth = png_get_bit_depth(png, info);
	expand->samples = png_get_channels(png, info);
	expand->stored_bits = expand->depth * expand->samples;
	expand->row = copy;
	if (type == PNG_COLOR_TYPE_PALETTE) {
		take_palette(expand, png, info);
		expand->row = look_up;
		return;
	}
	if (!pixels_have_alpha(expand->kind))
		take_key(expand, png, info);
	if (expand->depth == 16) {
		expand->row = round_deep;
	} else if (expand->samples == 1 && (expand->depth < 8 || expand->has_key)) {
		fill_grays(expand);
		expand->row = look_up;
	} else if (expand->has_key) {
		expand->row = find_key;
	}
}

void png_expand_row(
	const struct png_expand *expand, const unsigned char *from, unsigned char *to, int width)
{
	expand->row(expand, from, to, width);
}
