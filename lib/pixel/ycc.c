#include "pixel/ycc.h"

static unsigned char to_byte(int value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* The matrix of JFIF 1.02, and that of BT.601 with the levels of video, in 1/65536. */
static const struct matrix {
	int black, luma, red_cr, green_cb, green_cr, blue_cb;
} full = {0, 65536, 91881, -22554, -46802, 116130},
  video = {16, 76309, 104597, -25675, -53279, 132201};

/* `matrix` is a constant where this is called. */
static inline void join(struct matrix matrix, unsigned char *const planes[PIXELS_PLANES],
	unsigned char *rgb, int width)
{
	const unsigned char *luma = planes[0], *blue = planes[1], *red = planes[2];

	for (int x = 0; x < width; x++, rgb += 3) {
		int y = (luma[x] - matrix.black) * matrix.luma + (1 << 15);
		int cb = blue[x] - 128, cr = red[x] - 128;

		rgb[0] = to_byte((y + matrix.red_cr * cr) >> 16);
		rgb[1] = to_byte((y + matrix.green_cb * cb + matrix.green_cr * cr) >> 16);
		rgb[2] = to_byte((y + matrix.blue_cb * cb) >> 16);
	}
}

void ycc_to_rgb(enum pixels_kind kind, unsigned char *const planes[PIXELS_PLANES],
	unsigned char *rgb, int width)
{
	if (kind == PIXELS_YCC_VIDEO)
		join(video, planes, rgb, width);
	else
		join(full, planes, rgb, width);
}

/* Luma goes from 16 to 235 in video, chroma from 16 to 240. */
static void to_video(int plane, unsigned char *row, int width)
{
	if (plane == 0)
		for (int x = 0; x < width; x++)
			row[x] = (unsigned char)(16 + (row[x] * 219 + 127) / 255);
	else
		for (int x = 0; x < width; x++)
			row[x] = (unsigned char)((row[x] * 224 + 128 * 31 + 127) / 255);
}

static void to_full(int plane, unsigned char *row, int width)
{
	if (plane == 0)
		for (int x = 0; x < width; x++)
			row[x] = to_byte((row[x] * 255 - 16 * 255 + 109) / 219);
	else
		for (int x = 0; x < width; x++)
			row[x] = to_byte((row[x] * 255 - 128 * 31 + 112) / 224);
}

void ycc_change_levels(
	enum pixels_kind from, enum pixels_kind to, int plane, unsigned char *row, int width)
{
	if (from == to)
		return;
	if (to == PIXELS_YCC_VIDEO)
		to_video(plane, row, width);
	else
		to_full(plane, row, width);
}
