/* planes PPM PLANES full|video: write a picture as the codecs keep it: its luma, and then its two
 * chromas, averaged to half the width and height, in the levels of JFIF (all of a byte) or of
 * ITU-R BT.601 for video, which WebP has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path)
{
	perror(path);
	exit(1);
}

static unsigned char level(double value)
{
	return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value + .5);
}

/* Of the pixels that are there, of the four whose left upper one is at x, y. */
static double average(const double *values, int width, int height, int x, int y)
{
	int right = x + 1 < width ? x + 1 : x, below = y + 1 < height ? y + 1 : y;

	return (values[(size_t)y * (size_t)width + (size_t)x] +
		       values[(size_t)y * (size_t)width + (size_t)right] +
		       values[(size_t)below * (size_t)width + (size_t)x] +
		       values[(size_t)below * (size_t)width + (size_t)right]) /
		4;
}

int main(int argc, char **argv)
{
	FILE *in, *out;
	double *values[3], luma_range, chroma_range;
	int width, height, least;

	if (argc != 4) {
		fprintf(stderr, "usage: planes PPM PLANES full|video\n");
		return 2;
	}
	least = strcmp(argv[3], "video") ? 0 : 16;
	luma_range = least ? 219. / 255 : 1;
	chroma_range = least ? 224. / 255 : 1;
	in = fopen(argv[1], "rb");
	out = fopen(argv[2], "wb");
	if (!in || !out || fscanf(in, "P6 %d %d 255", &width, &height) != 2 || fgetc(in) == EOF)
		fail(argv[1]);
	for (int i = 0; i < 3; i++) {
		values[i] = malloc((size_t)width * (size_t)height * sizeof(double));
		if (!values[i])
			fail(argv[0]);
	}
	for (size_t i = 0; i < (size_t)width * (size_t)height; i++) {
		unsigned char rgb[3];
		double luma;

		if (fread(rgb, 1, 3, in) != 3)
			fail(argv[1]);
		luma = .299 * rgb[0] + .587 * rgb[1] + .114 * rgb[2];
		values[0][i] = least + luma_range * luma;
		values[1][i] = 128 + chroma_range * (rgb[2] - luma) / 1.772;
		values[2][i] = 128 + chroma_range * (rgb[0] - luma) / 1.402;
	}
	for (size_t i = 0; i < (size_t)width * (size_t)height; i++)
		putc(level(values[0][i]), out);
	for (int i = 1; i < 3; i++)
		for (int y = 0; y < height; y += 2)
			for (int x = 0; x < width; x += 2)
				putc(level(average(values[i], width, height, x, y)), out);
	for (int i = 0; i < 3; i++)
		free(values[i]);
	fclose(in);
	if (fclose(out))
		fail(argv[2]);
	return 0;
}
