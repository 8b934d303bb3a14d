#include "image/jpeg_tables.h"

#include <stdlib.h>

/* ITU-T T.81, table K.1. */
static const int luminance[64] = {16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109,
	103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95,
	98, 112, 100, 103, 99};

/* What libjpeg makes of a step at a quality (jpeg_quality_scaling() and jpeg_add_quant_table() of
 * its jcparam.c). Baseline JPEG has steps of a byte. */
static int scaled(int step, int quality, int most)
{
	int percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
	int result = (step * percent + 50) / 100;

	return result < 1 ? 1 : result > most ? most : result;
}

static int sum_scaled(int quality, int most)
{
	int sum = 0;

	for (int i = 0; i < 64; i++)
		sum += scaled(luminance[i], quality, most);
	return sum;
}

int jpeg_tables_quality(const uint16_t *table)
{
	int most = 255, nearest = 100, sum = 0;

	for (int i = 0; i < 64; i++) {
		sum += table[i];
		if (table[i] > 255)
			most = 32767;
	}
	for (int quality = 99; quality > 0; quality--)
		if (abs(sum_scaled(quality, most) - sum) < abs(sum_scaled(nearest, most) - sum))
			nearest = quality;
	return nearest;
}
