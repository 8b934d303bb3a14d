#include "store/table_sqlite.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "base/error.h"
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

/* What every look at the table ends with. */
static void end_looking(struct table_sqlite *table, bool good)
{
	if (good && table->mode == TABLE_READ) /* who writes has that of its batches */
		table->patience_seconds = TABLE_SQLITE_PATIENCE;
	if (table->is_snapshot)
		table_sqlite_disconnect(table);
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
	end_looking(table, rc == 0);
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

/* Find up to which key the next page goes, and set `last` to it, or to NULL behind the last row. It
 * is counted in rows of any status, so that no look at the table takes long. */
static int find_page(
	struct table_sqlite *table, const char *after, size_t rows, char **last, struct error *err)
{
	int rc = 0;

	sqlite3_bind_text(table->page, 1, after, -1, SQLITE_STATIC);
	sqlite3_bind_int64(table->page, 2, (int64_t)rows);
	if (sqlite3_step(table->page) == SQLITE_ROW)
		*last = column_text(table->page, 0);
	else
		rc = fail(table, err);
	sqlite3_reset(table->page);
	sqlite3_clear_bindings(table->page);
	return rc;
}

/* Read the rows behind `after` up to `last`: no more than find_page() counted, unless others came
 * meanwhile. These are left out, with what is behind them, and `last` is where to go on. */
static int read_page(struct table_sqlite *table, enum row_status status, const char *after,
	char **last, struct row *rows, size_t room, size_t *count, struct error *err)
{
	int rc;

	sqlite3_bind_text(table->list, 1, row_status_name(status), -1, SQLITE_STATIC);
	sqlite3_bind_text(table->list, 2, after, -1, SQLITE_STATIC);
	sqlite3_bind_text(table->list, 3, *last, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(table->list)) == SQLITE_ROW && *count < room)
		take_row(table->list, &rows[(*count)++]);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(table, err);
	sqlite3_reset(table->list);
	sqlite3_clear_bindings(table->list);
	if (rc == SQLITE_ROW) {
		free(*last);
		*last = memory_copy(rows[room - 1].image_key);
	}
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int list_locked(struct table_sqlite *table, enum row_status status, char **after,
	struct row *rows, size_t room, size_t *count, struct error *err)
{
	const char *from = *after ? *after : "";
	char *last = NULL;
	int rc = 0;

	if (!table->db && table_sqlite_connect(table, err))
		return -1;
	if (table->db)
		rc = table_sqlite_prepare_list(table, err) ||
			find_page(table, from, room, &last, err) ||
			(last && read_page(table, status, from, &last, rows, room, count, err));
	if (rc == 0 && last && strcmp(last, from) <= 0) /* it would be found for ever */
		rc = error_internal(err, "%s: has a key that is no text", table->shown);
	end_looking(table, rc == 0);
	free(*after);
	*after = last;
	return rc ? -1 : 0;
}

static int list(void *state, enum row_status status, char **after, struct row *rows, size_t room,
	size_t *count, struct error *err)
{
	struct table_sqlite *table = state;
	int rc;

	pthread_mutex_lock(&table->lock);
	table_sqlite_begin_waiting(table);
	rc = list_locked(table, status, after, rows, room, count, err);
	pthread_mutex_unlock(&table->lock);
	for (size_t i = 0; rc && i < *count; i++)
		row_release(&rows[i]);
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
	.list = list,
	.begin = begin,
	.replace = replace,
	.commit = commit,
	.expire = expire,
	.versions = versions,
};
