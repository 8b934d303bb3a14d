#ifndef STORE_PENDING_H
#define STORE_PENDING_H

struct error;
struct object;
struct pending;
struct table;

/*
 * Which of the objects that a listing tells of are still to be worked on: the table does not call
 * them COMPLETE with the etag that they have. Objects wait for each other where a table is quicker
 * to tell of several at once (table_at_once()); they are told of in the order in which they came.
 */

/* What is called for each object that is to be worked on, until it returns other than 0.
 *
 * `later` is NULL as a rule. But a file that was put back from a backup has an older sequencer than
 * the one its row tells of, and is the news all the same: then `later` is the sequencer just after
 * the row's, under which its results will be kept. Both are borrowed for the call. */
typedef int pending_each(
	const struct object *object, const char *later, void *state, struct error *err);

/* Ask `table`, which has the rows of `bucket` or, if that is NULL, of none; both are borrowed until
 * pending_free(), which takes NULL and forgets what still waits. */
struct pending *pending_new(
	struct table *table, const char *bucket, pending_each *each, void *state);
void pending_free(struct pending *pending);

/* Take an object, and tell of those that wait once they are enough. Return what `each` returned
 * last, or -1 with `err` filled if the table can't tell, or is another bucket's. */
int pending_add(struct pending *pending, const struct object *object, struct error *err);

/* Tell of those that wait, with the same outcome. */
int pending_finish(struct pending *pending, struct error *err);

#endif
