#include "pixel/kernel.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static double sinc(double x)
{
	return x < 1e-9 ? 1 : sin(pi * x) / (pi * x);
}

/* The family of Mitchell and Netravali. */
static double cubic(double x, double b, double c)
{
	if (x < 1)
		return ((12 - 9 * b - 6 * c) * x * x * x + (12 * b + 6 * c - 18) * x * x + 6 -
			       2 * b) /
			6;
	return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x - (12 * b + 48 * c) * x +
		       8 * b + 24 * c) /
		6;
}

/* The curve within its reach. */
static double curve(enum kernel kernel, double x)
{
	switch (kernel) {
	case KERNEL_LANCZOS2:
		return sinc(x) * sinc(x / 2);
	case KERNEL_CUBIC:
		return cubic(x, 0, 0.5);
	case KERNEL_MITCHELL:
		return cubic(x, 1.0 / 3, 1.0 / 3);
	case KERNEL_LINEAR:
		return 1 - x;
	case KERNEL_BOX:
		return 1;
	default:
		return sinc(x) * sinc(x / 3);
	}
}

void kernel_init(struct kernel_table *table, enum kernel kernel)
{
	static const double reaches[] = {
		[KERNEL_LANCZOS3] = 3,
		[KERNEL_LANCZOS2] = 2,
		[KERNEL_CUBIC] = 2,
		[KERNEL_MITCHELL] = 2,
		[KERNEL_LINEAR] = 1,
		[KERNEL_BOX] = 0.5,
	};
	int last = (int)(reaches[kernel] * KERNEL_STEPS);

	*table = (struct kernel_table){.reach = reaches[kernel]};
	for (int i = 0; i <= last; i++)
		table->values[i] = curve(kernel, (double)i / KERNEL_STEPS);
}

double kernel_at(const struct kernel_table *table, double distance)
{
	double at = fabs(distance) * KERNEL_STEPS;
	int below = (int)at;

	if (at > table->reach * KERNEL_STEPS)
		return 0;
	return table->values[below] +
		(at - below) * (table->values[below + 1] - table->values[below]);
}

int kernel_parse(const char *name, enum kernel *kernel)
{
	static const char *const names[] = {
		[KERNEL_LANCZOS3] = "lanczos3",
		[KERNEL_LANCZOS2] = "lanczos2",
		[KERNEL_CUBIC] = "cubic",
		[KERNEL_MITCHELL] = "mitchell",
		[KERNEL_LINEAR] = "linear",
		[KERNEL_BOX] = "box",
	};

	for (int i = KERNEL_LANCZOS3; i <= KERNEL_BOX; i++) {
		if (strcmp(name, names[i]) == 0) {
			*kernel = (enum kernel)i;
			return 0;
		}
	}
	return -1;
}
