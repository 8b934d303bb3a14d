#ifndef STORE_PENDING_H
#define STORE_PENDING_H

struct buffer;
struct error;
struct object;
struct table;

/* Return 1 if `object` is still to be worked on: the table does not call it COMPLETE with the etag
 * that it has; 0 if there is nothing to do, -1 with `err` filled if the table can't tell, or is
 * another bucket's than `bucket`, which may be NULL.
 *
 * `later` stays empty as a rule. But a file that was put back from a backup has an older sequencer
 * than the one its row tells of, and is the news all the same: then `later`, which the caller
 * releases, takes the sequencer just after the row's, under which its results will be kept. */
int pending_check(struct table *table, const char *bucket, const struct object *object,
	struct buffer *later, struct error *err);

#endif
