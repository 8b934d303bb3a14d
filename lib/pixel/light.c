#include "pixel/light.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#include "pixel/color.h"
#include "pixel/taps.h"

/* So many steps tell bytes apart where the curve is steepest, in the dark: 20 a byte. */
#define STEPS 65536

struct light {
	struct color *color;
	enum pixels_kind kind;
	float of_byte[256];
	unsigned char byte_of[STEPS + 1];
	unsigned char *converted;
};

static double curve(double value)
{
	return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static void fill_tables(struct light *light)
{
	int step = 0;

	for (int byte = 0; byte < 256; byte++) {
		/* light up to that of the next half is nearest to this byte */
		double end = curve((byte + 0.5) / 255) * STEPS;

		light->of_byte[byte] = (float)curve(byte / 255.0);
		for (; step <= STEPS && (step <= end || byte == 255); step++)
			light->byte_of[step] = (unsigned char)byte;
	}
}

struct light *light_new(
	const struct color_space *space, enum pixels_kind kind, int width, struct error *err)
{
	struct light *light = memory_new(1, sizeof(*light));

	light->color = color_new(space, kind);
	light->kind = color_kind(kind);
	light->converted = pixels_room((size_t)width, 4, err);
	if (!light->converted) {
		light_free(light);
		return NULL;
	}
	fill_tables(light);
	return light;
}

enum pixels_kind light_kind(const struct light *light)
{
	return light->kind;
}

void light_of_row(const struct light *light, const unsigned char *row, float *lit, int width)
{
	int channels = pixels_channels(light->kind);
	int colors = channels - pixels_have_alpha(light->kind);

	if (!color_is_srgb(light->color)) {
		color_convert(light->color, row, light->converted, width);
		row = light->converted;
	}
	for (int x = 0; x < width; x++, row += channels, lit += channels) {
		float alpha = colors < channels ? (float)row[colors] / 255 : 1;

		for (int c = 0; c < colors; c++)
			lit[c] = light->of_byte[row[c]] * alpha;
		if (colors < channels)
			lit[colors] = alpha;
	}
}

void light_halve(const float *upper, const float *lower, float *row, size_t pixels, int channels)
{
	for (size_t x = 0; x < pixels; x++, upper += 2 * channels, lower += 2 * channels)
		for (int c = 0; c < channels; c++)
			*row++ = (upper[c] + upper[c + channels] + lower[c] + lower[c + channels]) /
				4;
}

void light_down(
	const float *const *rows, const int16_t *weights, int count, float *line, size_t samples)
{
	for (size_t i = 0; i < samples; i++)
		line[i] = 0;
	for (int k = 0; k < count; k++) {
		float weight = (float)weights[k] / TAPS_ONE;
		const float *row = rows[k];

		for (size_t i = 0; i < samples; i++)
			line[i] += weight * row[i];
	}
}

static unsigned char to_byte(float value)
{
	return (unsigned char)(value <= 0 ? 0 : value >= 1 ? 255 : (int)(value * 255 + 0.5f));
}

static void finish(const struct light *light, const float *sums, unsigned char *pixel, int channels)
{
	int colors = channels - pixels_have_alpha(light->kind);
	float alpha = 1;

	if (colors < channels) {
		alpha = sums[colors];
		pixel[colors] = to_byte(alpha);
	}
	for (int c = 0; c < colors; c++) {
		float value = alpha > 0.5f / 255 ? sums[c] / alpha : 0;

		value = value < 0 ? 0 : value > 1 ? 1 : value;
		pixel[c] = light->byte_of[(int)(value * STEPS + 0.5f)];
	}
}

void light_across(const struct light *light, const float *line, int left, const struct taps *taps,
	unsigned char *row)
{
	int channels = pixels_channels(light->kind);

	for (int x = 0; x < taps->samples; x++, row += channels) {
		const float *at = line + (ptrdiff_t)(taps->first[x] - left) * channels;
		const int16_t *weights = taps->weights + (size_t)x * taps->stride;
		float sums[4] = {0};

		for (int k = 0; k < taps->count[x]; k++, at += channels)
			for (int c = 0; c < channels; c++)
				sums[c] += (float)weights[k] / TAPS_ONE * at[c];
		finish(light, sums, row, channels);
	}
}

void light_free(struct light *light)
{
	if (!light)
		return;
	color_free(light->color);
	free(light->converted);
	free(light);
}
