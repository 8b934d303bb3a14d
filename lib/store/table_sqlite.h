#ifndef STORE_TABLE_SQLITE_H
#define STORE_TABLE_SQLITE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/key.h"
#include "store/table.h"

struct sqlite3;
struct sqlite3_stmt;

/* A table in an SQLite file: table_sqlite.c reads and writes rows, table_sqlite_file.c opens the
 * file and tells its errors. */
struct table_sqlite {
	char *path, shown[KEY_TEXT]; /* `path` is never one that means something else to SQLite */
	enum table_mode mode;
	pthread_mutex_t lock; /* held by whoever uses what follows */
	struct sqlite3 *db;   /* NULL while there is no file to read */
	struct sqlite3_stmt *select, *replace;
	struct sqlite3_stmt *page, *list; /* NULL until they are used */
	bool is_snapshot; /* can't see later changes, so that it is good for one look only */
	bool in_batch;
	struct error lost; /* why SQLite undid the batch; its text is "" as long as it has not */
	double patience_seconds, deadline;
};

/* How long, in seconds, a call waits for the locks of others at most. */
enum { TABLE_SQLITE_PATIENCE = 15 };

/* Open the file, and make it for TABLE_WRITE. For TABLE_READ `db` stays NULL if it is missing. On
 * -1 nothing is open. */
int table_sqlite_connect(struct table_sqlite *table, struct error *err);
void table_sqlite_disconnect(struct table_sqlite *table);

/* From here on wait for locks, in all, as long as the table's patience lasts: it is used up when
 * that was in vain, so that a thousand rows do not wait a thousand times, and comes back with the
 * next success. */
void table_sqlite_begin_waiting(struct table_sqlite *table);

/* Make the statements that list rows, unless they are made: `page` finds the greatest of the next
 * keys behind ?1, at most ?2 of them, and `list` the rows of status ?1 behind ?2 up to ?3, in
 * order. */
int table_sqlite_prepare_list(struct table_sqlite *table, struct error *err);

/* Run SQL that returns nothing. */
int table_sqlite_run(struct table_sqlite *table, const char *sql, struct error *err);

/* Set `answer` to the first number of the first row that `sql` selects, 0 if there is none. */
int table_sqlite_query(
	struct table_sqlite *table, const char *sql, int64_t *answer, struct error *err);

/* Fill `err` with what SQLite complained of last, and return -1. */
int table_sqlite_fail(struct table_sqlite *table, struct error *err);

#endif
