#ifndef LAMBDA_RUNTIME_H
#define LAMBDA_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "lambda/wire.h"

struct error;
struct runtime;

/*
 * Lambda's Runtime API, version 2018-06-01, from the side of a runtime:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 *
 * Where a function fails here, the API can't be reached or answered something else than it has to,
 * and there is nothing left to do but to end.
 */

/* The most that an event and an answer may be, as Lambda has it. */
enum { RUNTIME_MAX_BYTES = 6 << 20, RUNTIME_MAX_ID = 128 };

/* What the API says of an event besides the event. */
struct runtime_event {
	char id[RUNTIME_MAX_ID + 1]; /* of the request; letters, digits and dashes, and not empty */
	int64_t deadline_ms;	     /* since 1970; 0 if it isn't told */
	const struct buffer *text;   /* borrowed until the next call; followed by a NUL */
};

/* Make a client of the API at `address`; as wire_new(). Free with runtime_free(), which takes NULL.
 */
struct runtime *runtime_new(const char *address, wire_wait *wait, void *state);
void runtime_free(struct runtime *runtime);

/* Wait for the next event, however long. Return -1 with `err` filled if there is none to be had;
 * Imgpl.Limit means that one came, with an `id`, that is larger than RUNTIME_MAX_BYTES. */
int runtime_next(struct runtime *runtime, struct runtime_event *event, struct error *err);

/* Answer an event. Return -1 with `err` filled if that failed; Imgpl.Limit means that the answer is
 * too large for Lambda, and the event not answered yet. */
int runtime_answer(
	struct runtime *runtime, const char *id, const struct buffer *answer, struct error *err);

/* Say that an event could not be worked on, or, with `id` NULL, that the function can't start, and
 * why. */
int runtime_fail(
	struct runtime *runtime, const char *id, const struct error *why, struct error *err);

#endif
