/* quality WANTED FOUND: how alike the luma of two pictures is, each a PPM of 8 bits, as one JSON
 * object: psnr in dB (null if they are the same) and ssim, the mean structural similarity (Wang,
 * Bovik, Sheikh and Simoncelli: Image quality assessment, 2004: windows of 11 x 11 weighed by a
 * Gaussian of 1.5 pixels, K1 = .01, K2 = .03). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 11 };

struct luma {
	int width, height;
	double *values; /* width * height, of 0 to 255 */
};

static void fail(const char *path, const char *what)
{
	fprintf(stderr, "quality: %s: %s\n", path, what);
	exit(1);
}

/* Read a binary PPM as luma (ITU-R BT.601). */
static struct luma read_luma(const char *path)
{
	struct luma luma;
	FILE *in = fopen(path, "rb");
	unsigned char pixel[3];
	int most;

	if (!in || fscanf(in, "P6 %d %d %d", &luma.width, &luma.height, &most) != 3 ||
		most != 255 || luma.width < WINDOW || luma.height < WINDOW || fgetc(in) == EOF)
		fail(path, "no PPM of 8 bits and at least 11x11");
	luma.values = malloc((size_t)luma.width * (size_t)luma.height * sizeof(double));
	if (!luma.values)
		fail(path, "out of memory");
	for (size_t i = 0; i < (size_t)luma.width * (size_t)luma.height; i++) {
		if (fread(pixel, 1, 3, in) != 3)
			fail(path, "ends early");
		luma.values[i] = .299 * pixel[0] + .587 * pixel[1] + .114 * pixel[2];
	}
	fclose(in);
	return luma;
}

static double mean_square_error(const struct luma *a, const struct luma *b)
{
	size_t count = (size_t)a->width * (size_t)a->height;
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (a->values[i] - b->values[i]) * (a->values[i] - b->values[i]);
	return sum / (double)count;
}

static void make_window(double window[WINDOW])
{
	double sum = 0;

	for (int i = 0; i < WINDOW; i++)
		sum += window[i] = exp(-(i - WINDOW / 2) * (i - WINDOW / 2) / (2 * 1.5 * 1.5));
	for (int i = 0; i < WINDOW; i++)
		window[i] /= sum;
}

/* The sums that a window needs: of a, b, a a, b b and a b. */
enum { SUMS = 5 };

/* Weigh columns: sums[x][] of the window whose first row is y. */
static void weigh_columns(const struct luma *a, const struct luma *b, int y,
	const double window[WINDOW], double (*sums)[SUMS])
{
	memset(sums, 0, (size_t)a->width * sizeof(*sums));
	for (int i = 0; i < WINDOW; i++) {
		const double *p = a->values + (size_t)(y + i) * (size_t)a->width;
		const double *q = b->values + (size_t)(y + i) * (size_t)a->width;

		for (int x = 0; x < a->width; x++) {
			sums[x][0] += window[i] * p[x];
			sums[x][1] += window[i] * q[x];
			sums[x][2] += window[i] * p[x] * p[x];
			sums[x][3] += window[i] * q[x] * q[x];
			sums[x][4] += window[i] * p[x] * q[x];
		}
	}
}

static double similarity(double (*sums)[SUMS], const double window[WINDOW])
{
	const double c1 = .01 * 255 * .01 * 255, c2 = .03 * 255 * .03 * 255;
	double s[SUMS] = {0};

	for (int i = 0; i < WINDOW; i++)
		for (int k = 0; k < SUMS; k++)
			s[k] += window[i] * sums[i][k];
	return (2 * s[0] * s[1] + c1) * (2 * (s[4] - s[0] * s[1]) + c2) /
		((s[0] * s[0] + s[1] * s[1] + c1) * (s[2] - s[0] * s[0] + s[3] - s[1] * s[1] + c2));
}

static double mean_similarity(const struct luma *a, const struct luma *b)
{
	double window[WINDOW], sum = 0;
	double(*sums)[SUMS] = malloc((size_t)a->width * sizeof(*sums));

	if (!sums)
		fail("SSIM", "out of memory");
	make_window(window);
	for (int y = 0; y + WINDOW <= a->height; y++) {
		weigh_columns(a, b, y, window, sums);
		for (int x = 0; x + WINDOW <= a->width; x++)
			sum += similarity(sums + x, window);
	}
	free(sums);
	return sum / ((double)(a->width - WINDOW + 1) * (a->height - WINDOW + 1));
}

int main(int argc, char **argv)
{
	struct luma wanted, found;
	double error;

	if (argc != 3) {
		fprintf(stderr, "usage: quality WANTED FOUND\n");
		return 2;
	}
	wanted = read_luma(argv[1]);
	found = read_luma(argv[2]);
	if (wanted.width != found.width || wanted.height != found.height)
		fail(argv[2], "not of the size that is wanted");
	error = mean_square_error(&wanted, &found);
	printf("{\"psnr\":");
	error > 0 ? printf("%.3f", 10 * log10(255 * 255 / error)) : printf("null");
	printf(",\"ssim\":%.5f}\n", mean_similarity(&wanted, &found));
	free(wanted.values);
	free(found.values);
	return 0;
}
