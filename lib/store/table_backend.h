#ifndef STORE_TABLE_BACKEND_H
#define STORE_TABLE_BACKEND_H

#include <stdint.h>

#include "store/table.h"

/* One kind of table, for URLs of one scheme. It keeps rows; what takes whose place is for table.c
 * to say. `state` is what open() returned. get() and get_many() may be called from many threads at
 * any time, the rest from one unless the table is concurrent. */
struct table_backend {
	const char *scheme; /* what stands before the colon */
	const char *form;   /* how its URLs look, for messages */
	bool is_file;	    /* what stands after the colon is the path of a file */
	bool is_concurrent; /* replace() may be called from many threads, too, and is safe at once
			     */
	/* `place` is what stands after the colon. */
	void *(*open)(const char *place, enum table_mode mode, struct error *err);
	void (*close)(void *state);
	/* Fill the empty `row`, whether it has expired or not. */
	int (*get)(void *state, const char *key, struct row *row, struct error *err);
	/* The same for at most TABLE_MANY keys, of which those that are NULL are passed over, into
	 * as many rows; on -1 some may be filled. NULL where that is no faster than one by one. */
	int (*get_many)(void *state, const char *const *keys, size_t count, struct row *rows,
		struct error *err);
	/* Fill at most `room` empty rows with the next of `status`, whether they have expired or
	 * not, in the order of keys, whose key is greater than `after`, which the caller frees and
	 * starts at NULL; and set it to the key to go on from, or to NULL at the end. NULL where
	 * rows can't be had in order. */
	int (*list)(void *state, enum row_status status, char **after, struct row *rows,
		size_t room, size_t *count, struct error *err);
	/* Keep others from writing from here to commit(), if that is not so already; NULL where it
	 * can't be done. */
	int (*begin)(void *state, struct error *err);
	/* Put `row` where `old`, as get() told it, still stands. Return 1, and leave the table as
	 * it is, if something else stands there by now. */
	int (*replace)(
		void *state, const struct row *row, const struct row *old, struct error *err);
	/* NULL where each row is safe once it is put. */
	int (*commit)(void *state, struct error *err);
	/* Delete the rows whose expires_at is `now` or earlier; NULL where they go by themselves.
	 */
	int (*expire)(void *state, int64_t now, struct error *err);
	void (*versions)(struct buffer *lines);
};

extern const struct table_backend table_sqlite, table_dynamodb;

#endif
