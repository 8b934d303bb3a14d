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

/* Weigh the `length` samples from `start` of a line of `from` samples, fractions meant, so that
 * they become `to` samples: Lanczos with three lobes (Duchon 1979), widened when scaling down so
 * that nothing finer than the result is left. At the line's ends what is missing is left out.
 * Return -1 with `err` filled if memory runs out. */
int lanczos_init(
	struct lanczos *lanczos, int from, double start, double length, int to, struct error *err);

/* Return whether the samples are taken as they are. */
int lanczos_is_copy(const struct lanczos *lanczos);

/* Free the weights and start over at zero. */
void lanczos_release(struct lanczos *lanczos);

#endif
