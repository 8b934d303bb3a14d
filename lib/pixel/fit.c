#include "pixel/fit.h"

#include <math.h>

/* A side this long has no place in any format; it keeps the arithmetic inside an int. */
static const double longest = 1 << 30;

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static int side(double length)
{
	return (int)larger(1, smaller(longest, floor(length + 0.5)));
}

/* How many times larger a pixel becomes. */
static double factor(struct size from, struct size box, enum fit fit, int enlarge)
{
	double across = (double)box.width / from.width, down = (double)box.height / from.height;
	double both = fit == FIT_COVER ? larger(across, down) : smaller(across, down);

	if (box.width <= 0 || box.height <= 0)
		both = larger(across, down);
	if (both <= 0)
		return 1;
	return enlarge ? both : smaller(both, 1);
}

/* What of `from` pixels is shown when each becomes `factor` large, and at most `box` fit. */
static void cut(int from, int box, double factor, int *scaled, double *start, double *length)
{
	*scaled = side(from * factor);
	*start = 0;
	*length = from;
	if (box <= 0 || *scaled <= box)
		return;
	*scaled = box;
	*length = smaller(from, box / factor);
	*start = (from - *length) / 2;
}

void fit_place(
	struct size from, struct size box, enum fit fit, int enlarge, struct placement *placement)
{
	double by = factor(from, box, fit, enlarge);
	struct window *window = &placement->window;
	struct size *scaled = &placement->scaled;

	cut(from.width, box.width, by, &scaled->width, &window->left, &window->width);
	cut(from.height, box.height, by, &scaled->height, &window->top, &window->height);
	placement->canvas = *scaled;
	if (fit == FIT_CONTAIN && box.width > 0)
		placement->canvas.width = box.width;
	if (fit == FIT_CONTAIN && box.height > 0)
		placement->canvas.height = box.height;
	placement->left = (placement->canvas.width - scaled->width) / 2;
	placement->top = (placement->canvas.height - scaled->height) / 2;
}
