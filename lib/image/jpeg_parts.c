#include "image/jpeg_parts.h"

#include <jerror.h>

#define BEYOND 63, 63, 63, 63, 63, 63, 63, 63

const unsigned char jpeg_zigzag[2 * DCTSIZE2] = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11,
	4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50,
	43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
	55, 62, 63, BEYOND, BEYOND, BEYOND, BEYOND, BEYOND, BEYOND, BEYOND, BEYOND};

#ifdef JPEG_HAS_PARTS

/* A lossless picture, which later versions decode, has no blocks; its Ss is a predictor, 1 to 7. */
int jpeg_parts_fit(j_decompress_ptr jpeg)
{
	return jpeg->data_precision == 8 && (jpeg->progressive_mode || jpeg->Ss == 0) &&
		jpeg->err->last_jpeg_message == (int)JMSG_LASTMSGCODE - 1;
}

#endif
