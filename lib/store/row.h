#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct record;

/* What a table keeps of a picture: one row a key, told as the members of its record. */

enum row_status { ROW_NOT_FOUND, ROW_PROCESSING, ROW_FAILED, ROW_COMPLETE };

/* The strings are the row's own; NULL is absent. Those marked JSON are JSON text as it stood in
 * the record. Starts at zero. Release with row_release(). */
struct row {
	enum row_status status;
	char *image_key, *bucket;
	char *sequencer, *etag; /* out of `source` */
	char *source;		/* JSON */
	char *image;		/* JSON */
	char *processed_key;
	char *renditions, *labels; /* JSON */
	char *reason;		   /* why it failed */
	char *started_at, *created_at;
	int64_t expires_at; /* seconds since 1970; 0 is never */
};

/* Return the status as a record writes it, "PROCESSING"; row_status_parse() is its inverse, and
 * takes what it does not know, and NULL, for ROW_NOT_FOUND. */
const char *row_status_name(enum row_status status);
enum row_status row_status_parse(const char *name);

/* Take the members of `record` into an empty `row`, and leave to the caller what the record does
 * not decide: status, reason, created_at, expires_at. The record has a key. */
void row_from_record(struct row *row, const struct record *record);

/* Set on `record` every member that the row has. */
void row_to_record(const struct row *row, struct record *record);

/* Decide whether `row` takes the place of `old`, which has the same key: a greater sequencer does
 * (sequencer_compare()), and any sequencer if `old` has none and another etag; at an equal one
 * PROCESSING gives way to FAILED and COMPLETE, FAILED to COMPLETE and PROCESSING, and COMPLETE to a
 * COMPLETE that differs in more than its times. */
bool row_replaces(const struct row *row, const struct row *old);

/* Make FAILED, "timed out", of a row that at the time `now` has been PROCESSING for more than
 * `seconds`: it will not be finished any more. */
void row_time_out(struct row *row, int64_t now, int64_t seconds);

/* Check that the row is of `bucket`, where NULL is a bucket of its own; Imgpl.Invalid if it is of
 * another. A row that was not found is of any. */
int row_check_bucket(const struct row *row, const char *bucket, struct error *err);

/* Free what the row holds, and empty it. */
void row_release(struct row *row);

#endif
