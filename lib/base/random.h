#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/* What nobody can guess, from the system. May be called from many threads; not on both sides of a
 * fork(), which would get the same. */

/* Fill `bytes`. Ends the process if the system has nothing to give, which does not happen once it
 * is up. */
void random_fill(void *bytes, size_t size);

/* Return a number from 0 up to, and without, 1. */
double random_fraction(void);

#endif
