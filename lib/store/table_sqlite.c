#include "store/table_sqlite.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "store/row.h"
#include "store/table_backend.h"

/* A row's strings, in the order of the statements' columns; status and expires_at follow. */
static const size_t strings[] = {
	offsetof(struct row, image_key),
	offsetof(struct row, bucket),
	offsetof(struct row, reason),
	offsetof(struct row, sequencer),
	offsetof(struct row, etag),
	offsetof(struct row, source),
	offsetof(struct row, image),
	offsetof(struct row, processed_key),
	offsetof(struct row, renditions),
	offsetof(struct row, labels),
	offsetof(struct row, started_at),
	offsetof(struct row, created_at),
};

enum { STRINGS = sizeof(strings) / sizeof(strings[0]), STATUS = STRINGS, EXPIRES_AT };

/* How many rows are deleted at a time, so that neither the log nor the wait of others gets long. */
enum { EXPIRE_ROWS = 1000 };

static void *open_table(const char *place, enum table_mode mode, struct error *err)
{
	struct table_sqlite *table;
	struct buffer path = {0};

	if (!*place) {
		error_invalid(err, "sqlite:FILE needs a file");
		return NULL;
	}
	if (*place != '/')
		buffer_text(&path, "./");
	buffer_text(&path, place);
	table = memory_new(1, sizeof(*table));
	table->path = path.bytes;
	table->mode = mode;
	key_show(table->shown, NULL, place);
	pthread_mutex_init(&table->lock, NULL);
	if (table_sqlite_connect(table, err) == 0)
		return table;
	table_sqlite.close(table);
	return NULL;
}

static void close_table(void *state)
{
	struct table_sqlite *table = state;

	table_sqlite_disconnect(table);
	pthread_mutex_destroy(&table->lock);
	free(table->path);
	free(table);
}

/* Fill `err`, and remember if SQLite undid the batch along with the statement that failed. */
static int fail(struct table_sqlite *table, struct error *err)
{
	table_sqlite_fail(table, err);
	if (table->in_batch && sqlite3_get_autocommit(table->db))
		table->lost = *err;
	return -1;
}

static char *column_text(sqlite3_stmt *statement, int column)
{
	return memory_copy((const char *)sqlite3_column_text(statement, column));
}

static void take_row(sqlite3_stmt *statement, struct row *row)
{
	for (int i = 0; i < STRINGS; i++)
		*(char **)((char *)row + strings[i]) = column_text(statement, i);
	row->status = row_status_parse((const char *)sqlite3_column_text(statement, STATUS));
	row->expires_at = sqlite3_column_int64(statement, EXPIRES_AT);
}

static int get_locked(
	struct table_sqlite *table, const char *key, struct row *row, struct error *err)
{
	int rc = 0;

	if (!table->db && table_sqlite_connect(table, err))
		return -1;
	if (!table->db)
		return 0;
	sqlite3_bind_text(table->select, 1, key, -1, SQLITE_STATIC);
	switch (sqlite3_step(table->select)) {
	case SQLITE_ROW:
		take_row(table->select, row);
		break;
	case SQLITE_DONE:
		break;
	default:
		rc = fail(table, err);
	}
	sqlite3_reset(table->select);
	sqlite3_clear_bindings(table->select);
	if (rc == 0 && table->mode == TABLE_READ) /* who writes has that of its batches */
		table->patience_seconds = TABLE_SQLITE_PATIENCE;
	if (table->is_snapshot)
		table_sqlite_disconnect(table);
	return rc;
}

static int get(void *state, const char *key, struct row *row, struct error *err)
{
	struct table_sqlite *table = state;
	int rc;

	pthread_mutex_lock(&table->lock);
	table_sqlite_begin_waiting(table);
	rc = get_locked(table, key, row, err);
	pthread_mutex_unlock(&table->lock);
	return rc;
}

static int begin_locked(struct table_sqlite *table, struct error *err)
{
	if (table->lost.text[0]) {
		*err = table->lost;
		return -1;
	}
	if (table->in_batch)
		return 0;
	table_sqlite_begin_waiting(table);
	if (table_sqlite_run(table, "BEGIN IMMEDIATE", err))
		return -1;
	table->in_batch = true;
	return 0;
}

static int begin(void *state, struct error *err)
{
	struct table_sqlite *table = state;
	int rc;

	pthread_mutex_lock(&table->lock);
	rc = begin_locked(table, err);
	pthread_mutex_unlock(&table->lock);
	return rc;
}

static void bind_row(sqlite3_stmt *statement, const struct row *row)
{
	for (int i = 0; i < STRINGS; i++)
		sqlite3_bind_text(statement, i + 1,
			*(char *const *)((const char *)row + strings[i]), -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, STATUS + 1, row_status_name(row->status), -1, SQLITE_STATIC);
	if (row->expires_at)
		sqlite3_bind_int64(statement, EXPIRES_AT + 1, row->expires_at);
}

static int replace(void *state, const struct row *row, const struct row *old, struct error *err)
{
	struct table_sqlite *table = state;
	int rc = 0;

	(void)old; /* nobody can have changed it since begin() */
	pthread_mutex_lock(&table->lock);
	bind_row(table->replace, row);
	if (sqlite3_step(table->replace) != SQLITE_DONE)
		rc = fail(table, err);
	sqlite3_reset(table->replace);
	sqlite3_clear_bindings(table->replace);
	pthread_mutex_unlock(&table->lock);
	return rc;
}

static int commit_locked(struct table_sqlite *table, struct error *err)
{
	if (!table->in_batch)
		return 0;
	table->in_batch = false;
	if (table->lost.text[0]) {
		*err = table->lost;
		table->lost = (struct error){0};
		return -1;
	}
	table_sqlite_begin_waiting(table);
	if (table_sqlite_run(table, "COMMIT", err) == 0)
		return 0;
	if (!sqlite3_get_autocommit(table->db))
		sqlite3_exec(table->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

static int commit(void *state, struct error *err)
{
	struct table_sqlite *table = state;
	int rc;

	pthread_mutex_lock(&table->lock);
	rc = commit_locked(table, err);
	pthread_mutex_unlock(&table->lock);
	return rc;
}

/* Delete what has expired, a few rows at a time, and lock nobody out if nothing has. */
static int expire_locked(struct table_sqlite *table, int64_t now, struct error *err)
{
	char find[80], delete[160];
	int64_t expired;

	snprintf(find, sizeof(find), "SELECT rowid FROM images WHERE expires_at <= %" PRId64, now);
	snprintf(delete, sizeof(delete), "DELETE FROM images WHERE rowid IN (%s LIMIT %d)", find,
		EXPIRE_ROWS);
	table_sqlite_begin_waiting(table);
	for (;;) {
		if (table_sqlite_query(table, find, &expired, err))
			return -1;
		if (!expired)
			return 0;
		if (sqlite3_exec(table->db, delete, NULL, NULL, NULL) != SQLITE_OK)
			return fail(table, err);
	}
}

static int expire(void *state, int64_t now, struct error *err)
{
	struct table_sqlite *table = state;
	int rc;

	pthread_mutex_lock(&table->lock);
	rc = expire_locked(table, now, err);
	pthread_mutex_unlock(&table->lock);
	return rc;
}

static void versions(struct buffer *lines)
{
	buffer_format(lines, "sqlite3 %s\n", sqlite3_libversion());
}

const struct table_backend table_sqlite = {
	.scheme = "sqlite",
	.form = "sqlite:FILE",
	.is_file = true,
	.open = open_table,
	.close = close_table,
	.get = get,
	.begin = begin,
	.replace = replace,
	.commit = commit,
	.expire = expire,
	.versions = versions,
};
