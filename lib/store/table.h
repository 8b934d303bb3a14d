#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdbool.h>

struct buffer;
struct error;
struct row;
struct table;

/*
 * Where rows are kept: an SQLite file, or a table of a service. What kind is told by a URL; a
 * backend is one file, and one row of the table in table.c. One bucket a table, one row a key.
 * table_get() may be called from many threads, the rest from one.
 */

enum table_mode { TABLE_READ, TABLE_WRITE };

/* Open the table at `url`, "sqlite:FILE". TABLE_WRITE makes it if it is missing; TABLE_READ takes a
 * missing one for empty, until it is there. NULL with `err` filled if there is no such kind of
 * table, or what is there is none: it is left as it is. Close with table_close(). */
struct table *table_open(const char *url, enum table_mode mode, struct error *err);

/* Release the table; what was not committed is undone. Takes NULL. */
void table_close(struct table *table);

/* Fill `row`, which is empty, with the row of `key`; its status is ROW_NOT_FOUND if there is none,
 * or one that has expired. Release with row_release(). */
int table_get(struct table *table, const char *key, struct row *row, struct error *err);

/* Write `row` unless the one that stands there is to stay (row_replaces()); a sequencer that
 * `row` lacks is kept from it, and a started_at at an equal sequencer. What was put is safe after
 * table_commit() only. `old`, which is empty, takes the row that stood there before; release it
 * with row_release(). `written` says whether `row` took its place. Imgpl.Invalid if the row there
 * is of another bucket. On -1 earlier puts still stand, or else table_commit() says that they
 * don't. */
int table_put(struct table *table, const struct row *row, struct row *old, bool *written,
	struct error *err);

/* Make all that was put since the last commit durable, together. On -1 none of it is. */
int table_commit(struct table *table, struct error *err);

/* Delete the rows that have expired by the clock (base/clock.h). */
int table_expire(struct table *table, struct error *err);

/* Append a line with the version of each library that keeps tables. */
void table_versions(struct buffer *lines);

/* Return the path of the file that `url` names, or NULL if the table is no file. Borrowed from
 * `url`. The table may keep more files beside it, whose names begin with that path. */
const char *table_file(const char *url);

#endif
