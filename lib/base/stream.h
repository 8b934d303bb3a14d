#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct buffer;

/*
 * Bytes pulled from somewhere, or pushed to somewhere, wherever that is: a file, memory, a server.
 * A reading stream has `read`, a writing one `write` and `commit`. Starts at zero.
 */
struct stream_ops {
	/* Read at most `size` bytes; 0 is the end. */
	ssize_t (*read)(void *state, void *bytes, size_t size, struct error *err);
	/* Pass over `size` bytes; NULL where reading them is as good. */
	int (*skip)(void *state, uint64_t size, struct error *err);
	/* Read on to the end, and fail if what came is not what was sent; NULL where that can't be
	 * known. */
	int (*verify)(void *state, struct error *err);
	/* Write all of `size` bytes. */
	int (*write)(void *state, const void *bytes, size_t size, struct error *err);
	/* Make what was written appear, whole and durable. */
	int (*commit)(void *state, struct error *err);
	/* Release `state`; what was not committed is gone. */
	void (*close)(void *state);
};

struct stream {
	const struct stream_ops *ops;
	void *state;
	uint64_t written; /* bytes so far */
};

/* Read until `bytes` is full or the stream ends. Return how many bytes were read, fewer than
 * `size` at the end only; -1 with `err` filled on failure. */
ssize_t stream_read(struct stream *in, void *bytes, size_t size, struct error *err);

/* Pass over `size` bytes; past the end is not an error until the next read. */
int stream_skip(struct stream *in, uint64_t size, struct error *err);

/* Ask whether to blame the bytes' way here for that they make no sense. Return 0, or -1 with `err`
 * filled if they are not those that were sent. There is nothing more to read afterwards. */
int stream_verify(struct stream *in, struct error *err);

/* Write all of `size` bytes. */
int stream_write(struct stream *out, const void *bytes, size_t size, struct error *err);

/* Make the written bytes appear where the stream leads, whole and durable. Still to be closed. */
int stream_commit(struct stream *out, struct error *err);

/* Release the stream; what was written and not committed leaves no trace. Takes a closed or empty
 * one too. */
void stream_close(struct stream *stream);

/* Read from `size` bytes that stay the caller's and outlive the stream. */
void stream_from_memory(struct stream *in, const void *bytes, size_t size);

/* Write to the end of `sink`, which stays the caller's and outlives the stream; committing keeps
 * nothing back. */
void stream_to_buffer(struct stream *out, struct buffer *sink);

/* Write to nowhere: what a dry run does. */
void stream_to_nowhere(struct stream *out);

#endif
