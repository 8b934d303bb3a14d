#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/row.h"

struct buffer;
struct error;
struct table;

/*
 * Where rows are kept: an SQLite file, or a table of a service. What kind is told by a URL; a
 * backend is one file, and one row of the table in table.c. One bucket a table, one row a key.
 * table_get(), table_get_many() and table_list() may be called from many threads; table_put() too
 * if table_is_concurrent(); the rest from one. Who reads an SQLite file by a table of its own, in
 * the same process or another, waits for no commit.
 */

enum table_mode { TABLE_READ, TABLE_WRITE };

/* Open the table at `url`, "sqlite:FILE" or "dynamodb:NAME". TABLE_WRITE makes a file that is
 * missing; TABLE_READ takes a missing one for empty, until it is there. A table of a service is not
 * asked for before its first row is. NULL with `err` filled if there is no such kind of table, what
 * is there is none (it is left as it is), or a service can't be called. Close with table_close().
 */
struct table *table_open(const char *url, enum table_mode mode, struct error *err);

/* Release the table; what was not committed is undone. Takes NULL. */
void table_close(struct table *table);

/* Return whether rows may be put from many threads side by side. Then each is safe when table_put()
 * returns, and there is nothing to commit. */
bool table_is_concurrent(const struct table *table);

/* Fill `row`, which is empty, with the row of `key`; its status is ROW_NOT_FOUND if there is none,
 * or one that has expired. Release with row_release(). */
int table_get(struct table *table, const char *key, struct row *row, struct error *err);

/* Fill `rows`, which are empty, with the rows of as many `keys`, at most TABLE_MANY of them, as
 * table_get() does; that of a NULL stays empty. One call of a service does for all. On -1 all rows
 * are empty. */
enum { TABLE_MANY = 100 };
int table_get_many(struct table *table, const char *const *keys, size_t count, struct row *rows,
	struct error *err);

/* Call `each` for every row of `status` that has not expired, in the order of their keys' bytes,
 * until it returns other than 0. Rows that are put meanwhile may come or not; neither they nor
 * other readers wait for `each`. Return what it returned last, or -1 with `err` filled,
 * Imgpl.Invalid if such tables can't list: DynamoDB's, where that would read, and cost, all rows.
 */
int table_list(struct table *table, enum row_status status,
	int (*each)(const struct row *row, void *state, struct error *err), void *state,
	struct error *err);

/* Return for how many keys, 1 to TABLE_MANY, one table_get_many() is quicker than several calls. */
size_t table_at_once(const struct table *table);

/* Write `row` unless the one that stands there is to stay (row_replaces()); a sequencer that
 * `row` lacks is kept from it, and a started_at at an equal sequencer. What was put is safe after
 * table_commit() only, unless table_is_concurrent(). `old`, which is empty, takes the row that
 * stood there before; release it with row_release(). `written` says whether `row` took its place.
 * Imgpl.Invalid if the row there is of another bucket. On -1 earlier puts still stand, or else
 * table_commit() says that they don't. */
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
