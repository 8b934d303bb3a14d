#ifndef PIXEL_KERNEL_H
#define PIXEL_KERNEL_H

/*
 * How much a sample counts by its distance: the curves that pictures are scaled with. Distances are
 * in samples of the larger of two pictures that become one another, or of the smaller's when
 * scaling down, so that nothing finer than the result is left.
 */
enum kernel {
	KERNEL_LANCZOS3, /* sinc, windowed by its middle lobe (Duchon 1979), 3 lobes a side */
	KERNEL_LANCZOS2,
	KERNEL_CUBIC,	 /* Catmull and Rom 1974: B = 0, C = 1/2 of Mitchell and Netravali 1988 */
	KERNEL_MITCHELL, /* Mitchell and Netravali 1988: B = C = 1/3 */
	KERNEL_LINEAR,	 /* a triangle */
	KERNEL_BOX,	 /* the mean when scaling down, the nearest when enlarging */
};

/* Steps of a kernel's table between two whole distances: read in between, it is off by less than
 * 2.5e-6. */
#define KERNEL_STEPS 512
#define KERNEL_REACH 3

/* A kernel as a table, from 0 on. */
struct kernel_table {
	double reach; /* beyond this distance nothing counts */
	double values[KERNEL_REACH * KERNEL_STEPS + 2];
};

/* Fill the table. */
void kernel_init(struct kernel_table *table, enum kernel kernel);

/* Return the value at `distance`, of either sign. */
double kernel_at(const struct kernel_table *table, double distance);

/* Set `kernel` from its name, "lanczos3"; -1 if there is none. */
int kernel_parse(const char *name, enum kernel *kernel);

#endif
