#include "draw/paint.h"

#include "pixel/pixels.h"

static unsigned char mix(int below, int above, int opacity)
{
	return (unsigned char)((below * (255 - opacity) + above * opacity + 127) / 255);
}

static int within(int value, int most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

void paint_area(struct pixels *pixels, struct area area, struct ink ink, int opacity)
{
	int left = within(area.left, pixels->size.width);
	int right = within(area.left + area.width, pixels->size.width);
	int bottom = within(area.top + area.height, pixels->size.height);

	for (int y = within(area.top, pixels->size.height); y < bottom; y++) {
		unsigned char *at = pixels_row(pixels, y) + 3 * (size_t)left;

		for (int x = left; x < right; x++, at += 3) {
			at[0] = mix(at[0], ink.red, opacity);
			at[1] = mix(at[1], ink.green, opacity);
			at[2] = mix(at[2], ink.blue, opacity);
		}
	}
}

void paint_frame(struct pixels *pixels, struct area area, int thick, struct ink ink)
{
	int right = area.left + area.width, bottom = area.top + area.height;

	paint_area(pixels, (struct area){area.left, area.top, area.width, thick}, ink, 255);
	paint_area(pixels, (struct area){area.left, bottom - thick, area.width, thick}, ink, 255);
	paint_area(pixels, (struct area){area.left, area.top, thick, area.height}, ink, 255);
	paint_area(pixels, (struct area){right - thick, area.top, thick, area.height}, ink, 255);
}
