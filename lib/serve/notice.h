#ifndef SERVE_NOTICE_H
#define SERVE_NOTICE_H

#include <stdint.h>

struct buffer;
struct object_written;
struct row;

/*
 * The two shapes that the news of an upload has: a row, from when it is safe until somebody has
 * worked on it, and the line that tells of it. The line is a function of the row, so that an event
 * that is told again is the same to the byte.
 */

/* Fill `row`, which is empty, for an upload that is being worked on since `time`, in seconds since
 * 1970. Release with row_release(). */
void notice_row(struct row *row, const char *bucket, const char *key,
	const struct object_written *written, const char *sequencer, int64_t time);

/* Append the line, an event as S3 writes it. */
void notice_line(struct buffer *lines, const struct row *row, const char *region);

#endif
