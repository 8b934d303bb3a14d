#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct stream;

/*
 * The compressed bytes of a picture, read forward only: a stream, and in memory what was looked at
 * ahead and not yet taken. bytes[at] up to bytes[end] are those; codecs may take them in place.
 */
struct source {
	struct stream *in;
	unsigned char *bytes;
	size_t at, end, capacity;
	int ended; /* the stream has no more than what is in memory */
};

/* Start on `in`, which stays the caller's. Nothing is read yet. */
void source_init(struct source *source, struct stream *in);

/* Have `size` bytes in memory. Return how many there are, fewer than `size` at the end only; -1
 * with `err` filled when reading fails or memory runs out. Pointers into `bytes` may move. */
ssize_t source_peek(struct source *source, size_t size, struct error *err);

/* Take `size` bytes into `bytes`. Return how many there were, fewer at the end only; -1 as above.
 */
ssize_t source_read(struct source *source, void *bytes, size_t size, struct error *err);

/* Pass over `size` bytes; past the end is not an error until the next read. */
int source_skip(struct source *source, uint64_t size, struct error *err);

/* Free what is in memory. */
void source_release(struct source *source);

#endif
