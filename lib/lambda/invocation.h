#ifndef LAMBDA_INVOCATION_H
#define LAMBDA_INVOCATION_H

#include <stdbool.h>

#include "base/buffer.h"

struct error;

/* An event as the line that a filter reads, and a filter's line as the answer to the event. */

/* An event at work. Starts at zero, may be used again, and keeps its room. */
struct invocation {
	struct buffer line;    /* with its newline */
	struct buffer failure; /* what the event's own member `error` says, "" if it has none */
};

/* Make the event one line. It stays as it came, but for white space outside of strings. -1 with
 * `err` filled, Imgpl.Invalid, if it is not JSON as json_check() has it. */
int invocation_begin(struct invocation *invocation, const struct buffer *event, struct error *err);

/* Look at the line that a filter answered. Return 0 if it is the answer to the event: an object,
 * without `error`, or with just that which the event came with. If it has another one, that is
 * `err`, and the result is -1; so it is if the line is no object, which is Imgpl.Internal, and sets
 * `broken`. */
int invocation_end(const struct invocation *invocation, const struct buffer *answer, bool *broken,
	struct error *err);

void invocation_release(struct invocation *invocation);

#endif
