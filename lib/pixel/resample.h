#ifndef PIXEL_RESAMPLE_H
#define PIXEL_RESAMPLE_H

#include "pixel/fit.h"
#include "pixel/kernel.h"

struct error;
struct pixels;

/* Fill `to`, which is initialized and of the kind of `from`, with `window` of `from`, scaled by
 * `kernel`. The kind is one of a single plane. Return -1 with `err` filled if memory runs out. */
int resample(const struct pixels *from, const struct window *window, enum kernel kernel,
	struct pixels *to, struct error *err);

#endif
