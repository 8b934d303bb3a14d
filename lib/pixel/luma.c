#include "pixel/luma.h"

#include <string.h>

#include "pixel/alpha.h"
#include "pixel/ycc.h"

/* The weights 0.299, 0.587 and 0.114 in 65536ths. */
static unsigned luma_of(unsigned red, unsigned green, unsigned blue)
{
	return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

static unsigned on_white(unsigned luma, unsigned alpha)
{
	return alpha_times(luma, alpha) + 255 - alpha;
}

void luma_row(enum pixels_kind kind, const unsigned char *row, unsigned char *luma, int width)
{
	const unsigned char *end = luma + width;

	switch (kind) {
	case PIXELS_GRAY:
	case PIXELS_YCC:
		memcpy(luma, row, (size_t)width);
		break;
	case PIXELS_YCC_VIDEO:
		memcpy(luma, row, (size_t)width);
		ycc_change_levels(kind, PIXELS_YCC, 0, luma, width);
		break;
	case PIXELS_GRAY_ALPHA:
		for (; luma < end; row += 2)
			*luma++ = (unsigned char)on_white(row[0], row[1]);
		break;
	case PIXELS_RGB:
		for (; luma < end; row += 3)
			*luma++ = (unsigned char)luma_of(row[0], row[1], row[2]);
		break;
	case PIXELS_RGBA:
		for (; luma < end; row += 4)
			*luma++ = (unsigned char)on_white(luma_of(row[0], row[1], row[2]), row[3]);
		break;
	case PIXELS_CMYK:
		for (; luma < end; row += 4)
			*luma++ = (unsigned char)alpha_times(
				luma_of(255u - row[0], 255u - row[1], 255u - row[2]),
				255u - row[3]);
		break;
	}
}
