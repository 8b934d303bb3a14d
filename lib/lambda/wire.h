#ifndef LAMBDA_WIRE_H
#define LAMBDA_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "lambda/reply_head.h"

struct error;
struct wire;

/*
 * HTTP/1.1 over one plain connection that is kept: all that the Runtime API needs, which is on the
 * same machine. libcurl would do it too (net/http.h), but a cold start is paid for, and one request
 * by libcurl takes 7 ms of CPU time and 10 MB, most of it to load the library, where this takes
 * 0.7 ms and 1.6 MB, process and all.
 */

/* Wait until `events` of poll(2) happen to a descriptor. Return 0, or -1 if that is no longer
 * wanted. */
typedef int wire_wait(int descriptor, short events, void *state);

/* Return whether `address` is "HOST:PORT", where the host may be "[::1]", too. */
bool wire_is_address(const char *address);

/* Make a client of the server at `address`, which is not called yet. Free with wire_free(), which
 * takes NULL. */
struct wire *wire_new(const char *address, wire_wait *wait, void *state);
void wire_free(struct wire *wire);

/* A request. Borrowed for the call. */
struct wire_request {
	const char *method, *path;
	const struct header *headers; /* besides Host, User-Agent and Content-Length */
	size_t header_count;
	const char *body; /* or NULL */
	size_t body_length;
};

/* An answer. Starts at zero, may be used again, and keeps its room. */
struct wire_answer {
	struct reply_head head;
	struct buffer body;
};

/* Send a request and wait for all of its answer, for ever unless the waiting is ended. A connection
 * that turns out to be closed is made anew, but for a request with a body only if that is known
 * before it was sent. -1 with `err` filled: Imgpl.Transient if the server can't be reached or
 * breaks off, Imgpl.Limit if the body is longer than `max_bytes`, when `answer` has its head. */
int wire_call(struct wire *wire, const struct wire_request *request, size_t max_bytes,
	struct wire_answer *answer, struct error *err);

void wire_answer_release(struct wire_answer *answer);

#endif
