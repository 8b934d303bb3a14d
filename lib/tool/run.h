#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include <stddef.h>

#include "tool/answer.h"

struct filter;
struct line;

/* A filter at work: what is done with a line, whether one is in hand or many (workers.h). */
struct run {
	const struct filter *filter;
	const struct error *refusal; /* fail every record with it, instead of working on it */
	size_t good, failed, failed_for_now; /* lines delivered */
};

/* Append the answer to a line. May be called from many threads. */
void run_answer(const struct run *run, const struct line *line, struct answer *answer);

/* Write an answer to stdout, count it, and clear it. -1 if it could not be written, which was
 * reported. */
int run_deliver(struct run *run, struct answer *answer);

#endif
