#ifndef PIXEL_TAPS_H
#define PIXEL_TAPS_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct kernel_table;

/* What TAPS_ONE weighs is taken as it is. */
#define TAPS_BITS 14
#define TAPS_ONE (1 << TAPS_BITS)

/*
 * How the samples of a line make up those of a shorter or longer one: sample `i` is the sum of
 * `count[i]` samples from `first[i]` on, weighed by the weights from `i * stride` on, which add up
 * to TAPS_ONE; further ones up to `stride`, a multiple of 16, are 0. `first` never falls. Starts at
 * zero.
 */
struct taps {
	int samples;
	int most; /* the largest count */
	size_t stride;
	int *first, *count;
	int16_t *weights;
};

/* A line of samples and the part of it that is wanted, from `start`, `length` samples long,
 * fractions meant. Of the last sample only the fraction `last` is there, 1 as a rule. */
struct taps_line {
	int samples;
	double last, start, length;
};

/* Weigh the wanted part of `from` so that it becomes `to` samples. The kernel is widened when
 * scaling down. Samples next to the part count too; what is missing at the line's ends is left out.
 * Return -1 with `err` filled if memory runs out. */
int taps_init(struct taps *taps, const struct kernel_table *kernel, const struct taps_line *from,
	int to, struct error *err);

/* Return whether the samples are taken as they are, each the last of those that its taps see. */
int taps_are_copy(const struct taps *taps);

/* Free the weights and start over at zero. */
void taps_release(struct taps *taps);

#endif
