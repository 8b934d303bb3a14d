#ifndef LAMBDA_CHUNKS_H
#define LAMBDA_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

struct buffer;
struct error;

/* A body that comes in chunks (RFC 9112, section 7.1), each behind its length. */

/* How far the body has come. Starts at zero. */
struct chunks {
	enum {
		CHUNKS_SIZE,	  /* digits of a chunk's length */
		CHUNKS_EXTENSION, /* what may follow them, up to the line's end */
		CHUNKS_BYTES,
		CHUNKS_AFTER, /* the line's end behind a chunk's bytes */
		CHUNKS_TRAILER,
		CHUNKS_END,
	} state;
	uint64_t left; /* of the chunk */
	int digits;
	size_t line;  /* bytes of the line so far */
	size_t extra; /* bytes of extensions and trailers so far */
	char before;  /* the byte before, where lines end */
};

/* Append what `length` bytes of the coded body say to `body`, and set `used` to how many of them
 * belong to it. Return 1 when its end was reached, 0 if more is to come; -1 with `err` filled if it
 * is malformed, or Imgpl.Limit if `body` would be longer than `max_bytes`. */
int chunks_decode(struct chunks *chunks, const char *bytes, size_t length, size_t max_bytes,
	struct buffer *body, size_t *used, struct error *err);

#endif
