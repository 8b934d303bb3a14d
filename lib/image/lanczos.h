#ifndef IMAGE_LANCZOS_H
#define IMAGE_LANCZOS_H

#include <stddef.h>
#include <stdint.h>

struct error;

/* What LANCZOS_ONE weighs is taken as it is. */
#define LANCZOS_BITS 14
#define LANCZOS_ONE (1 << LANCZOS_BITS)

/*
 * How the samples of a line make up those of a shorter or longer one: sample `i` is the sum of
 * `count[i]` samples from `first[i]` on, weighed by the weights from `i * stride` on, which add up
 * to LANCZOS_ONE. Starts at zero.
 */
struct lanczos {
	int samples;
	int most; /* the largest count */
	size_t stride;
	int *first, *count;
	int16_t *weights;
};

/* A line of samples and the part of it that is wanted, from `start`, `length` samples long,
 * fractions meant. Of the last sample only the fraction `last` is there, 1 as a rule. */
struct lanczos_line {
	int samples;
	double last, start, length;
};

/* Weigh the wanted part of `from` so that it becomes `to` samples: Lanczos with three lobes (Duchon
 * 1979), widened when scaling down so that nothing finer than the result is left. Samples next to
 * the part count too; what is missing at the line's ends is left out. Return -1 with `err` filled
 * if memory runs out. */
int lanczos_init(
	struct lanczos *lanczos, const struct lanczos_line *from, int to, struct error *err);

/* Return whether the samples are taken as they are. */
int lanczos_is_copy(const struct lanczos *lanczos);

/* Free the weights and start over at zero. */
void lanczos_release(struct lanczos *lanczos);

#endif
