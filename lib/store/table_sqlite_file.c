#include "store/table_sqlite.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"

/* What the file's header says, so that nobody else's is touched: "impl", and the schema. */
enum { APPLICATION_ID = 0x696d706c, SCHEMA = 1 };

enum { HEADER = 100, HEADER_VERSION = 60, HEADER_APPLICATION = 68 };

static const char create_table[] =
	"CREATE TABLE images ("
	" image_key TEXT NOT NULL PRIMARY KEY,"
	" bucket TEXT,"
	" status TEXT NOT NULL CHECK (status IN ('PROCESSING', 'COMPLETE', 'FAILED')),"
	" reason TEXT,"
	" sequencer TEXT,"
	" etag TEXT,"
	" source TEXT,"
	" image TEXT,"
	" processed_key TEXT,"
	" renditions TEXT,"
	" labels TEXT,"
	" started_at TEXT,"
	" created_at TEXT,"
	" expires_at INTEGER);"
	"CREATE INDEX images_expires_at ON images (expires_at) WHERE expires_at IS NOT NULL;";

#define SELECT_ROWS \
	"SELECT image_key, bucket, reason, sequencer, etag, source, image, processed_key," \
	" renditions, labels, started_at, created_at, status, expires_at FROM images "

static const char select_row[] = SELECT_ROWS "WHERE image_key = ?1";

static const char select_page[] =
	"SELECT max(image_key) FROM"
	" (SELECT image_key FROM images WHERE image_key > ?1 ORDER BY image_key LIMIT ?2)";

static const char select_list[] =
	SELECT_ROWS "WHERE image_key > ?2 AND image_key <= ?3 AND status = ?1 ORDER BY image_key";

static const char replace_row[] =
	"INSERT OR REPLACE INTO images (image_key, bucket, reason, sequencer, etag, source, image,"
	" processed_key, renditions, labels, started_at, created_at, status, expires_at)"
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

int table_sqlite_fail(struct table_sqlite *table, struct error *err)
{
	const char *why = sqlite3_errmsg(table->db);

	errno = sqlite3_system_errno(table->db);
	switch (sqlite3_errcode(table->db) & 0xff) {
	case SQLITE_NOMEM:
		memory_exhausted();
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		table->patience_seconds = 0;
		return error_transient(err, "%s: locked by another program", table->shown);
	case SQLITE_FULL:
		return error_transient(err, "%s: %s", table->shown, why);
	case SQLITE_IOERR:
		return error_transient(err, "%s: %s%s%s", table->shown, why, errno ? ": " : "",
			errno ? strerror(errno) : "");
	case SQLITE_CANTOPEN:
		if (errno)
			return error_errno(err, table->shown);
		return error_transient(err, "%s: %s", table->shown, why);
	default:
		return error_internal(err, "%s: %s", table->shown, why);
	}
}

int table_sqlite_run(struct table_sqlite *table, const char *sql, struct error *err)
{
	if (sqlite3_exec(table->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return table_sqlite_fail(table, err);
	table->patience_seconds = TABLE_SQLITE_PATIENCE;
	return 0;
}

void table_sqlite_begin_waiting(struct table_sqlite *table)
{
	table->deadline = clock_elapsed() + table->patience_seconds;
}

/* SQLite's own way to wait sleeps longer and longer, so that who came last is served first. */
static int wait_for_lock(void *state, int count)
{
	const struct table_sqlite *table = state;

	(void)count;
	if (clock_elapsed() >= table->deadline)
		return 0;
	clock_sleep(0.001);
	return 1;
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		bytes[3];
}

static int check_header(
	const struct table_sqlite *table, const unsigned char *header, struct error *err)
{
	if (memcmp(header, "SQLite format 3", 16) != 0)
		return error_invalid(err, "%s: not an SQLite database", table->shown);
	if (big_endian(header + HEADER_APPLICATION) != APPLICATION_ID)
		return error_invalid(err, "%s: another program's database", table->shown);
	if (big_endian(header + HEADER_VERSION) > SCHEMA)
		return error_invalid(err, "%s: made by a newer version of imgpl", table->shown);
	return 0;
}

/* Read the header of the open file without a lock, a look at the log, or anything else that could
 * change a file. It has to be SQLite that reads: to close a file of our own would release all locks
 * that this process has on it. */
static int read_header(struct table_sqlite *table, unsigned char *header, struct error *err)
{
	sqlite3_file *file = NULL;
	int rc;

	memset(header, 0, HEADER);
	sqlite3_file_control(table->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	rc = file->pMethods->xRead(file, header, HEADER, 0);
	if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
		return 0;
	return error_transient(err, "%s: %s", table->shown, sqlite3_errstr(rc));
}

/* Check that the file is one of ours. `is_there` says whether there is one, and not empty. */
static int check_file(struct table_sqlite *table, bool *is_there, struct error *err)
{
	unsigned char header[HEADER];
	struct stat found;
	int rc = -1;

	*is_there = false;
	if (stat(table->path, &found))
		return errno == ENOENT ? 0 : error_errno(err, table->shown);
	if (!S_ISREG(found.st_mode))
		return error_invalid(err, "%s: not a file", table->shown);
	if (found.st_size == 0)
		return 0;
	*is_there = true;
	if (sqlite3_open_v2(table->path, &table->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
		    NULL) != SQLITE_OK)
		table_sqlite_fail(table, err);
	else if (read_header(table, header, err) == 0)
		rc = check_header(table, header, err);
	table_sqlite_disconnect(table);
	return rc;
}

static int open_file(struct table_sqlite *table, const char *name, int flags, struct error *err)
{
	if (sqlite3_open_v2(name, &table->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return table_sqlite_fail(table, err);
	sqlite3_busy_handler(table->db, wait_for_lock, table);
	return 0;
}

static int prepare(
	struct table_sqlite *table, const char *sql, sqlite3_stmt **statement, struct error *err)
{
	if (sqlite3_prepare_v3(table->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) ==
		SQLITE_OK)
		return 0;
	return table_sqlite_fail(table, err);
}

int table_sqlite_query(
	struct table_sqlite *table, const char *sql, int64_t *answer, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc;

	*answer = 0;
	if (prepare(table, sql, &statement, err))
		return -1;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*answer = sqlite3_column_int64(statement, 0);
	else if (rc != SQLITE_DONE)
		table_sqlite_fail(table, err);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

int table_sqlite_prepare_list(struct table_sqlite *table, struct error *err)
{
	if (table->list)
		return 0;
	if (!table->page && prepare(table, select_page, &table->page, err))
		return -1;
	return prepare(table, select_list, &table->list, err);
}

/* Make the schema, unless another process was faster. It is made before the file gets a write-ahead
 * log, so that its header is right from the first moment. */
static int make_schema(struct table_sqlite *table, struct error *err)
{
	int64_t application, names;
	char stamp[80];

	snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d;",
		APPLICATION_ID, SCHEMA);
	if (table_sqlite_run(table, "BEGIN IMMEDIATE", err) ||
		table_sqlite_query(table, "PRAGMA application_id", &application, err) ||
		table_sqlite_query(table, "SELECT count(*) FROM sqlite_master", &names, err))
		return -1;
	if (application == 0 && names == 0 &&
		(table_sqlite_run(table, stamp, err) || table_sqlite_run(table, create_table, err)))
		return -1;
	if (application != APPLICATION_ID && names > 0)
		return error_invalid(err, "%s: another program's database", table->shown);
	return table_sqlite_run(table, "COMMIT", err);
}

/* Turn the write-ahead log on, for which others must let go of the file: there SQLite does not wait
 * by itself. */
static int use_log(struct table_sqlite *table, struct error *err)
{
	for (;;) {
		int rc = sqlite3_exec(table->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);

		if (rc == SQLITE_OK)
			return 0;
		if ((rc & 0xff) != SQLITE_BUSY || !wait_for_lock(table, 0))
			return table_sqlite_fail(table, err);
	}
}

static int connect_writer(struct table_sqlite *table, struct error *err)
{
	int64_t application;

	if (open_file(table, table->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err))
		return -1;
	if (sqlite3_db_readonly(table->db, "main")) {
		errno = EACCES;
		return error_errno(err, table->shown);
	}
	if (table_sqlite_run(table, "PRAGMA synchronous=FULL", err) ||
		table_sqlite_query(table, "PRAGMA application_id", &application, err))
		return -1;
	if ((application != APPLICATION_ID && make_schema(table, err)) || use_log(table, err))
		return -1;
	return prepare(table, select_row, &table->select, err) ||
		prepare(table, replace_row, &table->replace, err);
}

static bool has_log(const struct table_sqlite *table)
{
	struct buffer path = {0};
	struct stat found;
	bool has;

	buffer_format(&path, "%s-wal", table->path);
	has = stat(path.bytes, &found) == 0 && found.st_size > 0;
	buffer_release(&path);
	return has;
}

/* Open the file as one that does not change, where the log's index can't be made beside it. */
static int open_snapshot(struct table_sqlite *table, struct error *err)
{
	struct buffer uri = {0};
	int rc;

	buffer_text(&uri, table->path[0] == '/' ? "file://" : "file:");
	for (const char *at = table->path; *at; at++) {
		if (strchr("%?#", *at))
			buffer_format(&uri, "%%%02x", (unsigned)*at);
		else
			buffer_byte(&uri, *at);
	}
	buffer_text(&uri, "?immutable=1");
	rc = open_file(table, uri.bytes, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	buffer_release(&uri);
	table->is_snapshot = true;
	return rc;
}

static int connect_reader(struct table_sqlite *table, struct error *err)
{
	int code;

	if (open_file(table, table->path, SQLITE_OPEN_READONLY, err))
		return -1;
	if (prepare(table, select_row, &table->select, err) == 0)
		return 0;
	code = sqlite3_errcode(table->db) & 0xff;
	if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
		return -1;
	if (has_log(table))
		return error_internal(err,
			"%s: its log can't be read where nothing can be written beside it",
			table->shown);
	table_sqlite_disconnect(table);
	if (open_snapshot(table, err))
		return -1;
	return prepare(table, select_row, &table->select, err);
}

int table_sqlite_connect(struct table_sqlite *table, struct error *err)
{
	bool is_there;
	int rc;

	table->patience_seconds = TABLE_SQLITE_PATIENCE;
	table_sqlite_begin_waiting(table);
	if (check_file(table, &is_there, err))
		return -1;
	if (table->mode == TABLE_READ && !is_there)
		return 0;
	rc = table->mode == TABLE_READ ? connect_reader(table, err) : connect_writer(table, err);
	if (rc)
		table_sqlite_disconnect(table);
	return rc ? -1 : 0;
}

void table_sqlite_disconnect(struct table_sqlite *table)
{
	sqlite3_finalize(table->select);
	sqlite3_finalize(table->replace);
	sqlite3_finalize(table->page);
	sqlite3_finalize(table->list);
	sqlite3_close(table->db);
	table->select = table->replace = table->page = table->list = NULL;
	table->db = NULL;
	table->is_snapshot = false;
}
