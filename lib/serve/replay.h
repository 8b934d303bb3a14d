#ifndef SERVE_REPLAY_H
#define SERVE_REPLAY_H

struct buffer;
struct error;
struct object_store;
struct table;

/*
 * What a server finds that follows one which was ended in the middle of its work. A row is
 * PROCESSING because nobody has finished with its object, which will be told of once more; because
 * the object never appeared, whose sender may try again; or because another object is still there,
 * in whose place it never came. Then the row is mended to tell of that one.
 */

/* Mend the rows of `bucket`, and append to `newest` the greatest sequencer of all that are
 * PROCESSING, "" if there are none. */
int replay_mend(struct table *table, const struct object_store *store, const char *bucket,
	struct buffer *newest, struct error *err);

#endif
