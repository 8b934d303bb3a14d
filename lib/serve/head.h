#ifndef SERVE_HEAD_H
#define SERVE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/header.h"

/* The head of a request, and whether it means one thing only. */

struct head {
	const char *method;
	char *path, *query; /* of one allocation, `path` */
	size_t target_bytes;
	struct header *headers;
	size_t header_count;
	const char *host; /* "" if there is none */
	int64_t length;	  /* of the body; -1 if nobody told */
};

/* Take a request's target as it was sent, cut at the first question mark. */
void head_take_target(struct head *head, const char *target);

/* Look through the headers, and fill what is known from them. `is_old` is HTTP/1.0. Return 0, or
 * the status to refuse the request with. */
int head_check(struct head *head, bool is_old);

/* Return the most bytes that such a head takes, if its lines are written as everybody writes them:
 * one space behind a colon, none before the line's end. One that took more holds what isn't seen
 * here. */
size_t head_bytes(const struct head *head, const char *version);

/* Return the value of the first header of this name, in whatever case, or NULL. */
const char *head_find(const struct head *head, const char *name);

void head_release(struct head *head);

#endif
