#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "scratch.h"
#include "store/row.h"
#include "store/table.h"
#include "store/table_backend.h"
#include "store/table_sqlite.h"

#define URL "sqlite:rows.db"

static struct table *open_table(enum table_mode mode)
{
	struct error err = {0};
	struct table *table = table_open(URL, mode, &err);

	assert_string_equal(err.text, "");
	assert_non_null(table);
	return table;
}

/* A row whose strings are the caller's. */
static struct row make_row(const char *key, enum row_status status, const char *sequencer)
{
	/* a row owns its strings, but putting it only borrows them */
	union {
		const char *borrowed;
		char *text;
	} image_key = {.borrowed = key}, order = {.borrowed = sequencer};

	return (struct row){.image_key = image_key.text, .status = status, .sequencer = order.text};
}

/* Put a row; return whether it was written. */
static bool put(struct table *table, const struct row *row)
{
	struct row old = {0};
	struct error err = {0};
	bool written;

	assert_int_equal(table_put(table, row, &old, &written, &err), 0);
	assert_string_equal(err.text, "");
	row_release(&old);
	return written;
}

static void commit(struct table *table)
{
	struct error err = {0};

	assert_int_equal(table_commit(table, &err), 0);
	assert_string_equal(err.text, "");
}

static enum row_status status_of(struct table *table, const char *key)
{
	struct row row = {0};
	struct error err = {0};
	enum row_status status;

	assert_int_equal(table_get(table, key, &row, &err), 0);
	status = row.status;
	row_release(&row);
	return status;
}

static void make_table(const char *key)
{
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row(key, ROW_COMPLETE, NULL);

	put(table, &row);
	commit(table);
	table_close(table);
}

/* Run SQL as another program would. */
static void run_sql(const char *file, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int append_line(void *lines, int count, char **values, char **names)
{
	(void)names;
	for (int i = 0; i < count; i++)
		buffer_format(lines, "%s%s", i ? "|" : "", values[i]);
	buffer_byte(lines, '\n');
	return 0;
}

/* Check what another program selects from the table. */
static void check_sql(const char *sql, const char *text)
{
	struct buffer lines = {0};
	sqlite3 *db;

	assert_int_equal(sqlite3_open("rows.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, append_line, &lines, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_string_equal(lines.bytes, text);
	buffer_release(&lines);
}

TEST(a_row_is_read_back_with_all_its_members)
{
	char a[] = "a", b[] = "\xc3\xa4 'b\"", c[] = "", d[] = "{\"x\": 1.10}", e[] = "[]";
	char *const texts[] = {a, b, c, d, e};
	struct row row = {.status = ROW_COMPLETE, .expires_at = INT64_C(5000000000)}, found = {0};
	char **const members[] = {&row.image_key, &row.bucket, &row.sequencer, &row.etag,
		&row.source, &row.image, &row.processed_key, &row.renditions, &row.labels,
		&row.reason, &row.started_at, &row.created_at};
	char **const read[] = {&found.image_key, &found.bucket, &found.sequencer, &found.etag,
		&found.source, &found.image, &found.processed_key, &found.renditions, &found.labels,
		&found.reason, &found.started_at, &found.created_at};
	struct table *table = open_table(TABLE_WRITE);
	struct error err = {0};

	for (size_t i = 0; i < COUNT(members); i++)
		*members[i] = texts[i % COUNT(texts)];
	assert_true(put(table, &row));
	commit(table);
	table_close(table);
	table = open_table(TABLE_READ);
	assert_int_equal(table_get(table, "a", &found, &err), 0);
	for (size_t i = 0; i < COUNT(members); i++)
		assert_string_equal(*members[i], *read[i]);
	assert_int_equal(found.status, ROW_COMPLETE);
	assert_int_equal(found.expires_at, INT64_C(5000000000));
	row_release(&found);
	table_close(table);
}

TEST(members_that_a_row_lacks_stay_absent)
{
	struct row row = {0};
	struct table *table;
	struct error err = {0};

	make_table("k");
	table = open_table(TABLE_READ);
	assert_int_equal(table_get(table, "k", &row, &err), 0);
	assert_string_equal(row.image_key, "k");
	assert_null(row.bucket);
	assert_null(row.labels);
	assert_int_equal(row.expires_at, 0);
	row_release(&row);
	assert_int_equal(table_get(table, "K", &row, &err), 0);
	assert_int_equal(row.status, ROW_NOT_FOUND);
	assert_null(row.image_key);
	table_close(table);
}

TEST(the_rows_of_several_keys_are_got_at_once)
{
	static const char *const keys[] = {"k", NULL, "unknown", "k"};
	struct row rows[COUNT(keys)] = {0};
	struct table *table;
	struct error err = {0};

	make_table("k");
	table = open_table(TABLE_READ);
	assert_int_equal(table_get_many(table, keys, COUNT(keys), rows, &err), 0);
	assert_int_equal(rows[0].status, ROW_COMPLETE);
	assert_int_equal(rows[1].status, ROW_NOT_FOUND);
	assert_int_equal(rows[2].status, ROW_NOT_FOUND);
	assert_string_equal(rows[3].image_key, "k");
	for (size_t i = 0; i < COUNT(keys); i++)
		row_release(&rows[i]);
	table_close(table);
}

TEST(another_program_can_read_the_file)
{
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("k", ROW_FAILED, "00A");

	row.expires_at = 99999999999;
	put(table, &row);
	commit(table);
	table_close(table);
	check_sql("SELECT image_key, status, sequencer, expires_at FROM"
		  " images; PRAGMA journal_mode; PRAGMA integrity_check;",
		"k|FAILED|00A|99999999999\nwal\nok\n");
	scratch_check_output("ls", "rows.db\n");
}

TEST(what_was_put_is_undone_unless_it_is_committed)
{
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("k", ROW_COMPLETE, NULL);

	put(table, &row);
	assert_int_equal(status_of(table, "k"), ROW_COMPLETE);
	table_close(table);
	table = open_table(TABLE_READ);
	assert_int_equal(status_of(table, "k"), ROW_NOT_FOUND);
	table_close(table);
}

TEST(another_that_reads_sees_what_was_committed)
{
	struct table *reader = open_table(TABLE_READ), *writer;
	struct row row = make_row("k", ROW_PROCESSING, NULL);

	assert_int_equal(status_of(reader, "k"), ROW_NOT_FOUND);
	scratch_check_output("ls", "");
	writer = open_table(TABLE_WRITE);
	assert_int_equal(status_of(reader, "k"), ROW_NOT_FOUND);
	put(writer, &row);
	assert_int_equal(status_of(reader, "k"), ROW_NOT_FOUND);
	commit(writer);
	assert_int_equal(status_of(reader, "k"), ROW_PROCESSING);
	row.status = ROW_COMPLETE;
	put(writer, &row);
	commit(writer);
	assert_int_equal(status_of(reader, "k"), ROW_COMPLETE);
	table_close(writer);
	assert_int_equal(status_of(reader, "k"), ROW_COMPLETE);
	table_close(reader);
}

TEST(a_row_that_is_to_stay_stays)
{
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("k", ROW_COMPLETE, "00B");
	struct row older = make_row("k", ROW_COMPLETE, "00A");
	struct row again = make_row("k", ROW_PROCESSING, "00B");
	struct row newer = make_row("k", ROW_PROCESSING, "00C");
	struct row old = {0};
	struct error err = {0};
	bool written;

	assert_true(put(table, &row));
	assert_false(put(table, &row));
	assert_false(put(table, &older));
	assert_false(put(table, &again));
	assert_int_equal(table_put(table, &newer, &old, &written, &err), 0);
	assert_true(written);
	assert_int_equal(old.status, ROW_COMPLETE);
	assert_string_equal(old.sequencer, "00B");
	row_release(&old);
	assert_int_equal(table_put(table, &row, &old, &written, &err), 0);
	assert_false(written);
	assert_string_equal(old.sequencer, "00C");
	row_release(&old);
	table_close(table);
}

TEST(a_sequencer_and_a_start_that_a_row_lacks_are_kept)
{
	char start[] = "2026-01-02T03:04:05Z";
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("k", ROW_PROCESSING, "00B");
	struct row done = make_row("k", ROW_COMPLETE, NULL);
	struct row found = {0};
	struct error err = {0};

	row.started_at = start;
	put(table, &row);
	assert_true(put(table, &done));
	assert_null(done.sequencer);
	assert_int_equal(table_get(table, "k", &found, &err), 0);
	assert_int_equal(found.status, ROW_COMPLETE);
	assert_string_equal(found.sequencer, "00B");
	assert_string_equal(found.started_at, start);
	row_release(&found);
	table_close(table);
}

TEST(a_row_of_another_bucket_is_refused_and_earlier_puts_stand)
{
	char x[] = "x", y[] = "y";
	static const struct {
		int old, new;
		const char *text;
	} cases[] = {
		{1, 2, "k: the table holds it in bucket x, not in bucket y"},
		{1, 0, "k: the table holds it in bucket x, not in no bucket"},
		{0, 2, "k: the table holds it in no bucket, not in bucket y"},
	};
	char *const buckets[] = {NULL, x, y};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct table *table = open_table(TABLE_WRITE);
		struct row row = make_row("k", ROW_PROCESSING, "00A"), old = {0};
		struct error err = {0};
		bool written = true;

		row.bucket = buckets[cases[i].old];
		assert_true(put(table, &row));
		row.bucket = buckets[cases[i].new];
		row.sequencer = NULL;
		assert_int_equal(table_put(table, &row, &old, &written, &err), -1);
		assert_string_equal(err.text, cases[i].text);
		assert_int_equal(err.type, ERROR_INVALID);
		assert_false(written);
		assert_null(old.image_key);
		commit(table);
		assert_int_equal(status_of(table, "k"), ROW_PROCESSING);
		table_close(table);
		assert_int_equal(unlink("rows.db"), 0);
	}
}

TEST(an_expired_row_counts_as_absent)
{
	char x[] = "x";
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("k", ROW_COMPLETE, "00B");
	struct row older = make_row("k", ROW_PROCESSING, "00A");
	struct row old = {0};
	struct error err = {0};
	bool written;

	clock_fix(1000);
	row.expires_at = 1001;
	row.bucket = x;
	put(table, &row);
	assert_int_equal(status_of(table, "k"), ROW_COMPLETE);
	clock_fix(1001);
	assert_int_equal(status_of(table, "k"), ROW_NOT_FOUND);
	assert_int_equal(table_put(table, &older, &old, &written, &err), 0);
	assert_true(written);
	assert_int_equal(old.status, ROW_NOT_FOUND);
	assert_null(old.image_key);
	assert_int_equal(status_of(table, "k"), ROW_PROCESSING);
	table_close(table);
}

TEST(expired_rows_are_deleted)
{
	struct table *table = open_table(TABLE_WRITE);
	struct error err = {0};

	clock_fix(1000);
	for (int i = 0; i < 2500; i++) {
		char key[16];
		struct row row = make_row(key, ROW_COMPLETE, NULL);

		snprintf(key, sizeof(key), "k%d", i);
		row.expires_at = i < 2400 ? 1000 : i < 2450 ? 1001 : 0;
		put(table, &row);
	}
	commit(table);
	assert_int_equal(table_expire(table, &err), 0);
	table_close(table);
	check_sql("SELECT count(*), min(expires_at) FROM images", "100|1001\n");
}

TEST(expiring_waits_for_nobody_if_nothing_has_expired)
{
	struct table *table;
	struct error err = {0};
	sqlite3 *db;

	make_table("k");
	table = open_table(TABLE_WRITE);
	assert_int_equal(sqlite3_open("rows.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(table_expire(table, &err), 0);
	sqlite3_close(db);
	table_close(table);
}

/* Check that `file` is refused, for reading and for writing, and left as it is. */
static void check_left_alone(const char *file, enum error_type type, const char *text)
{
	char url[64], command[128];

	snprintf(url, sizeof(url), "sqlite:%s", file);
	snprintf(command, sizeof(command), "cp -p %s copy; ls > names", file);
	assert_int_equal(system(command), 0);
	for (int i = 0; i < 2; i++) {
		struct error err = {0};

		assert_null(table_open(url, i ? TABLE_READ : TABLE_WRITE, &err));
		assert_string_equal(err.text, text);
		assert_int_equal(err.type, type);
	}
	snprintf(command, sizeof(command), "cmp %s copy 2>&1; ls | diff names -", file);
	scratch_check_output(command, "");
}

TEST(what_is_no_database_is_left_as_it_is)
{
	scratch_write("text", "hello\n");
	check_left_alone("text", ERROR_INVALID, "text: not an SQLite database");
	assert_int_equal(system("head -c 10000 /dev/zero > zeros"), 0);
	check_left_alone("zeros", ERROR_INVALID, "zeros: not an SQLite database");
	scratch_write("short", "SQLite format 3");
	check_left_alone("short", ERROR_INVALID, "short: another program's database");
}

TEST(another_programs_database_is_left_as_it_is)
{
	run_sql("other.db", "CREATE TABLE images (image_key TEXT PRIMARY KEY)");
	check_left_alone("other.db", ERROR_INVALID, "other.db: another program's database");
	run_sql("wal.db", "PRAGMA journal_mode=WAL; CREATE TABLE t (x); PRAGMA application_id=7");
	check_left_alone("wal.db", ERROR_INVALID, "wal.db: another program's database");
	run_sql("empty.db", "PRAGMA journal_mode=WAL");
	check_left_alone("empty.db", ERROR_INVALID, "empty.db: another program's database");
}

TEST(another_programs_log_is_left_as_it_is)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open("live.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "PRAGMA journal_mode=WAL; CREATE TABLE t (x);"
				 "INSERT INTO t VALUES (randomblob(9000))",
				 NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(system("mkdir left; cp live.db live.db-wal left"), 0);
	sqlite3_close(db);
	assert_int_equal(chdir("left"), 0);
	assert_int_equal(system("md5sum live.db live.db-wal > ../sums"), 0);
	check_left_alone("live.db", ERROR_INVALID, "live.db: another program's database");
	scratch_check_output("md5sum --quiet -c ../sums 2>&1", "");
}

TEST(a_table_of_a_newer_version_is_left_as_it_is)
{
	make_table("k");
	run_sql("rows.db", "PRAGMA user_version=2");
	check_left_alone("rows.db", ERROR_INVALID, "rows.db: made by a newer version of imgpl");
}

TEST(what_can_not_be_a_table_is_named)
{
	struct error err = {0};

	assert_int_equal(mkdir("dir", 0777), 0);
	assert_null(table_open("sqlite:dir", TABLE_WRITE, &err));
	assert_string_equal(err.text, "dir: not a file");
	assert_int_equal(mkfifo("fifo", 0666), 0);
	assert_null(table_open("sqlite:fifo", TABLE_READ, &err));
	assert_string_equal(err.text, "fifo: not a file");
	assert_null(table_open("sqlite:no/such.db", TABLE_WRITE, &err));
	assert_string_equal(err.text, "no/such.db: No such file or directory");
	assert_null(table_open("sqlite:", TABLE_WRITE, &err));
	assert_string_equal(err.text, "sqlite:FILE needs a file");
	assert_null(table_open("mysql:x", TABLE_WRITE, &err));
	assert_string_equal(
		err.text, "mysql:x: not a table, which is spelled sqlite:FILE or dynamodb:NAME");
	assert_null(table_open("rows.db", TABLE_WRITE, &err));
	assert_int_equal(err.type, ERROR_INVALID);
	scratch_check_output("ls", "dir\nfifo\n");
}

TEST(an_empty_file_is_taken_for_a_new_table)
{
	scratch_write("rows.db", "");
	table_close(open_table(TABLE_READ));
	make_table("k");
	table_close(open_table(TABLE_WRITE));
}

TEST(names_that_mean_something_else_to_sqlite_are_names_of_files)
{
	static const char *const names[] = {":memory:", "file:x?mode=memory", "a%41?b#c", " "};

	for (size_t i = 0; i < COUNT(names); i++) {
		char url[64];
		struct stat found;
		struct error err = {0};
		struct table *table;

		snprintf(url, sizeof(url), "sqlite:%s", names[i]);
		assert_string_equal(table_file(url), names[i]);
		table = table_open(url, TABLE_WRITE, &err);
		assert_non_null(table);
		table_close(table);
		assert_int_equal(stat(names[i], &found), 0);
	}
	assert_null(table_file("dynamodb:x"));
	assert_null(table_file("x"));
}

TEST(a_corrupt_table_is_an_error_and_left_as_it_is)
{
	struct table *table;
	struct row row = make_row("k", ROW_COMPLETE, "00B"), old = {0};
	struct error err = {0};
	bool written;

	make_table("k");
	/* all but the header */
	assert_int_equal(system("head -c 100 rows.db > x; head -c 20000 /dev/urandom >> x;"
				"cp x rows.db"),
		0);
	table = table_open(URL, TABLE_WRITE, &err);
	if (table) {
		assert_int_equal(table_put(table, &row, &old, &written, &err), -1);
		row_release(&old);
		table_close(table);
	}
	assert_int_equal(err.type, ERROR_INTERNAL);
	assert_string_equal(err.text, "rows.db: database disk image is malformed");
	assert_null(table_open(URL, TABLE_READ, &err));
	scratch_check_output("cmp x rows.db 2>&1", "");
}

/* Hold the lock in another process for so long. */
static pid_t lock_for(double seconds)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		sqlite3 *db;

		sqlite3_open("rows.db", &db);
		sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
		if (write(ready[1], "x", 1) == 1)
			clock_sleep(seconds);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

TEST(a_locked_table_is_waited_for)
{
	struct table *table;
	struct row row = make_row("k2", ROW_COMPLETE, NULL);
	pid_t child;
	double start = clock_elapsed();

	make_table("k");
	child = lock_for(0.3);
	table = open_table(TABLE_WRITE);
	assert_true(put(table, &row));
	commit(table);
	assert_true(clock_elapsed() - start > 0.25);
	assert_int_equal(status_of(table, "k2"), ROW_COMPLETE);
	table_close(table);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

TEST(a_table_that_stays_locked_is_given_up_once_and_then_at_once)
{
	struct table_sqlite *table;
	struct error err = {0};
	pid_t child;
	double start;

	make_table("k");
	table = table_sqlite.open("rows.db", TABLE_WRITE, &err);
	assert_non_null(table);
	assert_true(table->patience_seconds <= 15);
	child = lock_for(60);
	table->patience_seconds = 0.3;
	start = clock_elapsed();
	assert_int_equal(table_sqlite.begin(table, &err), -1);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	assert_string_equal(err.text, "rows.db: locked by another program");
	assert_true(clock_elapsed() - start > 0.25);
	for (int i = 0; i < 100; i++)
		assert_int_equal(table_sqlite.begin(table, &err), -1);
	assert_true(clock_elapsed() - start < 2);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(table_sqlite.begin(table, &err), 0);
	assert_true(table->patience_seconds > 1);
	table_sqlite.close(table);
}

enum { PROCESSES = 8, ROWS = 100 };

static void put_rows(int process)
{
	struct error err = {0};
	struct table *table = table_open(URL, TABLE_WRITE, &err);

	for (int i = 0; table && i < ROWS; i++) {
		char key[32];
		struct row row = make_row(key, ROW_COMPLETE, NULL), old = {0};
		bool written;

		snprintf(key, sizeof(key), "%d/%d", process, i);
		if (table_put(table, &row, &old, &written, &err) ||
			(i % 5 == 4 && table_commit(table, &err)))
			_exit(1);
		row_release(&old);
	}
	table_close(table);
	_exit(table ? 0 : 1);
}

TEST(eight_processes_make_and_write_one_table)
{
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			put_rows(i);
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	check_sql("SELECT count(*) FROM images; PRAGMA integrity_check", "800\nok\n");
}

TEST(a_killed_writer_loses_what_it_did_not_commit_and_no_more)
{
	struct table *table;
	pid_t child = fork();

	if (child == 0) {
		struct row row = make_row("safe", ROW_COMPLETE, NULL);

		table = open_table(TABLE_WRITE);
		put(table, &row);
		commit(table);
		row = make_row("lost", ROW_COMPLETE, NULL);
		put(table, &row);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	table = open_table(TABLE_READ);
	assert_int_equal(status_of(table, "safe"), ROW_COMPLETE);
	assert_int_equal(status_of(table, "lost"), ROW_NOT_FOUND);
	table_close(table);
	table = open_table(TABLE_WRITE);
	assert_int_equal(status_of(table, "safe"), ROW_COMPLETE);
	table_close(table);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(a_disk_that_fills_up_undoes_the_whole_batch_and_passes)
{
	static char text[4000];
	struct table *table;
	struct row row, old = {0};
	struct error err = {0};
	bool written;
	int rc = 0, puts = 0;

	signal(SIGXFSZ, SIG_IGN);
	memset(text, 'x', sizeof(text) - 1);
	make_table("before");
	table = open_table(TABLE_WRITE);
	limit_files(1 << 20);
	for (; rc == 0 && puts < 2000; puts++) {
		char key[16];

		snprintf(key, sizeof(key), "k%d", puts);
		row = make_row(key, ROW_COMPLETE, NULL);
		row.labels = text;
		rc = table_put(table, &row, &old, &written, &err);
		row_release(&old);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	assert_string_equal(err.text, "rows.db: disk I/O error: File too large");
	row = make_row("k", ROW_COMPLETE, NULL);
	assert_int_equal(table_put(table, &row, &old, &written, &err), -1);
	assert_int_equal(table_commit(table, &err), -1);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	limit_files(0);
	assert_int_equal(status_of(table, "k0"), ROW_NOT_FOUND);
	assert_int_equal(status_of(table, "before"), ROW_COMPLETE);
	assert_true(put(table, &row));
	commit(table);
	table_close(table);
	check_sql("SELECT image_key FROM images; PRAGMA integrity_check", "before\nk\nok\n");
}

TEST(a_commit_that_fails_makes_nothing_durable)
{
	static char text[4000];
	struct table *table;
	struct error err = {0};

	signal(SIGXFSZ, SIG_IGN);
	memset(text, 'x', sizeof(text) - 1);
	make_table("before");
	table = open_table(TABLE_WRITE);
	for (int i = 0; i < 20; i++) {
		char key[16];
		struct row row = make_row(key, ROW_COMPLETE, NULL);

		snprintf(key, sizeof(key), "k%d", i);
		row.labels = text;
		put(table, &row);
	}
	limit_files(20000);
	assert_int_equal(table_commit(table, &err), -1);
	limit_files(0);
	assert_int_equal(err.type, ERROR_TRANSIENT);
	assert_int_equal(table_commit(table, &err), 0); /* nothing is left to commit */
	assert_int_equal(status_of(table, "k0"), ROW_NOT_FOUND);
	table_close(table);
	check_sql("SELECT count(*) FROM images", "1\n");
}

static bool drop_root(void)
{
	return getuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
}

TEST(a_table_is_read_where_nothing_can_be_written)
{
	struct table *table;
	int status;
	pid_t child;

	make_table("k");
	assert_int_equal(system("mkdir sub; mv rows.db sub; chmod 555 . sub; chmod 444 sub/*"), 0);
	child = fork();
	if (child == 0) {
		struct row row = {0};
		struct error err = {0};
		bool good = drop_root() &&
			(table = table_open("sqlite:sub/rows.db", TABLE_READ, &err)) &&
			table_get(table, "k", &row, &err) == 0 && row.status == ROW_COMPLETE &&
			!table_open("sqlite:sub/rows.db", TABLE_WRITE, &err) &&
			err.type == ERROR_INTERNAL &&
			strcmp(err.text, "sub/rows.db: Permission denied") == 0;

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	scratch_check_output("ls sub", "rows.db\n");
}

TEST(a_log_that_can_not_be_read_is_an_error)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct row row = make_row("k", ROW_COMPLETE, NULL);
		struct table *table = open_table(TABLE_WRITE);

		put(table, &row);
		commit(table);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(system("mkdir sub; mv rows.db rows.db-wal sub;"
				"chmod 755 .; chmod 555 sub; chmod 444 sub/*"),
		0);
	child = fork();
	if (child == 0) {
		struct error err = {0};

		_exit(!drop_root() || table_open("sqlite:sub/rows.db", TABLE_READ, &err) ||
			err.type != ERROR_INTERNAL ||
			!strstr(err.text, "its log can't be read where nothing can be written"));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void *get_often(void *table)
{
	for (int i = 0; i < 500; i++) {
		struct row row = {0};
		struct error err = {0};

		if (table_get(table, "k", &row, &err) || row.status == ROW_NOT_FOUND)
			return table;
		row_release(&row);
	}
	return NULL;
}

TEST(many_threads_read_while_one_writes)
{
	pthread_t threads[4];
	struct table *table;

	make_table("k");
	table = open_table(TABLE_WRITE);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, get_often, table), 0);
	for (int i = 0; i < 200; i++) {
		char key[16];
		struct row row = make_row(key, ROW_COMPLETE, NULL);

		snprintf(key, sizeof(key), "k%d", i);
		put(table, &row);
		if (i % 10 == 9)
			commit(table);
	}
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	table_close(table);
}

/* Append the row's key to a text, and stop at the key "stop". */
static int append_key(const struct row *row, void *text, struct error *err)
{
	(void)err;
	buffer_format(text, " %s", row->image_key);
	return strcmp(row->image_key, "stop") == 0 ? 7 : 0;
}

/* Check which keys of `status` are listed, each with a space before it, and how the listing ends.
 */
static void check_list(struct table *table, enum row_status status, const char *keys, int end)
{
	struct buffer found = {0};
	struct error err = {0};

	buffer_text(&found, "");
	assert_int_equal(table_list(table, status, append_key, &found, &err), end);
	assert_string_equal(err.text, "");
	assert_string_equal(found.bytes, keys);
	buffer_release(&found);
}

static void put_all(struct table *table, enum row_status status, const char *const *keys)
{
	for (; *keys; keys++) {
		struct row row = make_row(*keys, status, NULL);

		put(table, &row);
	}
	commit(table);
}

TEST(rows_of_one_status_are_listed_in_the_order_of_their_keys)
{
	struct table *table = open_table(TABLE_WRITE);

	check_list(table, ROW_PROCESSING, "", 0);
	put_all(table, ROW_PROCESSING,
		(const char *const[]){"b", "a/b", "\xc3\xa4", "Z", "a", NULL});
	put_all(table, ROW_COMPLETE, (const char *const[]){"c", "stop", "u", NULL});
	check_list(table, ROW_PROCESSING, " Z a a/b b \xc3\xa4", 0);
	check_list(table, ROW_COMPLETE, " c stop", 7);
	check_list(table, ROW_FAILED, "", 0);
	table_close(table);
}

TEST(a_table_that_is_not_there_lists_no_rows)
{
	struct table *table = open_table(TABLE_READ);

	check_list(table, ROW_PROCESSING, "", 0);
	make_table("k");
	check_list(table, ROW_COMPLETE, " k", 0);
	table_close(table);
}

/* Put rows of which every third is being processed, and write their keys into `text`. */
static void fill(struct table *table, int count, struct buffer *text)
{
	buffer_text(text, "");
	for (int i = 0; i < count; i++) {
		char key[16];
		struct row row = make_row(key, i % 3 ? ROW_COMPLETE : ROW_PROCESSING, NULL);

		snprintf(key, sizeof(key), "%05d", i);
		put(table, &row);
		if (i % 3 == 0)
			buffer_format(text, " %s", key);
	}
	commit(table);
}

TEST(rows_on_many_pages_are_listed)
{
	struct table *table = open_table(TABLE_WRITE);
	struct buffer keys = {0};

	fill(table, 1234, &keys);
	check_list(table, ROW_PROCESSING, keys.bytes, 0);
	buffer_release(&keys);
	table_close(table);
}

/* Put a row in front of the one that is told of, and one behind. */
static int put_beside(const struct row *row, void *table, struct error *err)
{
	char key[40];
	struct row more = make_row(key, ROW_PROCESSING, NULL);

	(void)err;
	if (strlen(row->image_key) > 5)
		return 0;
	snprintf(key, sizeof(key), "%s-", row->image_key);
	put(table, &more);
	snprintf(key, sizeof(key), " %s", row->image_key);
	put(table, &more);
	commit(table);
	return 0;
}

TEST(rows_may_be_put_while_others_are_listed)
{
	struct table *table = open_table(TABLE_WRITE);
	struct buffer keys = {0};
	struct error err = {0};

	fill(table, 600, &keys);
	assert_int_equal(table_list(table, ROW_PROCESSING, put_beside, table, &err), 0);
	check_sql("SELECT count(*) FROM images", "1000\n");
	buffer_release(&keys);
	table_close(table);
}

TEST(an_error_of_the_file_breaks_a_listing_off)
{
	struct table *table = open_table(TABLE_READ);
	struct error err = {0};

	scratch_write("rows.db", "no table at all");
	assert_int_equal(table_list(table, ROW_PROCESSING, append_key, NULL, &err), -1);
	assert_string_equal(err.text, "rows.db: not an SQLite database");
	table_close(table);
}

TEST(a_listing_ends_at_a_key_that_no_program_of_ours_writes)
{
	static const char *const foreign[] = {"x'7a00'", "'z' || char(0) || 'z'"};

	for (size_t i = 0; i < COUNT(foreign); i++) {
		struct table *table = open_table(TABLE_WRITE);
		struct row row = make_row("a", ROW_PROCESSING, NULL);
		struct buffer keys = {0}, insert = {0};
		struct error err = {0};

		put(table, &row);
		commit(table);
		buffer_format(&insert,
			"INSERT INTO images (image_key, status) VALUES (%s, 'COMPLETE');"
			"SELECT count(*) FROM images",
			foreign[i]);
		check_sql(insert.bytes, "2\n");
		assert_int_equal(table_list(table, ROW_PROCESSING, append_key, &keys, &err), -1);
		assert_string_equal(err.text, "rows.db: has a key that is no text");
		check_sql(
			"DELETE FROM images WHERE status = 'COMPLETE'; SELECT count(*) FROM images",
			"1\n");
		buffer_release(&insert);
		buffer_release(&keys);
		table_close(table);
	}
}

/* Hold the lock that a writer has for as long as it writes, in a batch that is not committed. */
TEST(who_reads_by_a_table_of_its_own_waits_for_no_writer)
{
	struct table *writer = open_table(TABLE_WRITE), *reader;
	struct row row = make_row("k", ROW_PROCESSING, NULL);

	put(writer, &row);
	commit(writer);
	reader = open_table(TABLE_READ);
	row.status = ROW_COMPLETE;
	put(writer, &row);
	assert_int_equal(status_of(reader, "k"), ROW_PROCESSING);
	check_list(reader, ROW_PROCESSING, " k", 0);
	commit(writer);
	assert_int_equal(status_of(reader, "k"), ROW_COMPLETE);
	table_close(reader);
	table_close(writer);
}

TEST(rows_that_have_expired_are_not_listed)
{
	struct table *table = open_table(TABLE_WRITE);
	struct row row = make_row("a", ROW_PROCESSING, NULL);

	clock_fix(1000);
	row.expires_at = 1000;
	put(table, &row);
	row = make_row("b", ROW_PROCESSING, NULL);
	row.expires_at = 1001;
	put(table, &row);
	commit(table);
	check_list(table, ROW_PROCESSING, " b", 0);
	table_close(table);
}

TEST(versions_are_told)
{
	struct buffer lines = {0};

	table_versions(&lines);
	assert_memory_equal(lines.bytes, "sqlite3 3.", 10);
	buffer_release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_row_is_read_back_with_all_its_members),
		SCRATCH_TEST(members_that_a_row_lacks_stay_absent),
		SCRATCH_TEST(the_rows_of_several_keys_are_got_at_once),
		SCRATCH_TEST(another_program_can_read_the_file),
		SCRATCH_TEST(what_was_put_is_undone_unless_it_is_committed),
		SCRATCH_TEST(another_that_reads_sees_what_was_committed),
		SCRATCH_TEST(a_row_that_is_to_stay_stays),
		SCRATCH_TEST(a_sequencer_and_a_start_that_a_row_lacks_are_kept),
		SCRATCH_TEST(a_row_of_another_bucket_is_refused_and_earlier_puts_stand),
		SCRATCH_TEST(expiring_waits_for_nobody_if_nothing_has_expired),
		SCRATCH_TEST(what_is_no_database_is_left_as_it_is),
		SCRATCH_TEST(another_programs_database_is_left_as_it_is),
		SCRATCH_TEST(another_programs_log_is_left_as_it_is),
		SCRATCH_TEST(a_table_of_a_newer_version_is_left_as_it_is),
		SCRATCH_TEST(what_can_not_be_a_table_is_named),
		SCRATCH_TEST(an_empty_file_is_taken_for_a_new_table),
		SCRATCH_TEST(names_that_mean_something_else_to_sqlite_are_names_of_files),
		SCRATCH_TEST(a_corrupt_table_is_an_error_and_left_as_it_is),
		SCRATCH_TEST(a_locked_table_is_waited_for),
		SCRATCH_TEST(a_table_that_stays_locked_is_given_up_once_and_then_at_once),
		SCRATCH_TEST(eight_processes_make_and_write_one_table),
		SCRATCH_TEST(a_killed_writer_loses_what_it_did_not_commit_and_no_more),
		SCRATCH_TEST(a_disk_that_fills_up_undoes_the_whole_batch_and_passes),
		SCRATCH_TEST(a_commit_that_fails_makes_nothing_durable),
		SCRATCH_TEST(a_table_is_read_where_nothing_can_be_written),
		SCRATCH_TEST(a_log_that_can_not_be_read_is_an_error),
		SCRATCH_TEST(many_threads_read_while_one_writes),
		SCRATCH_TEST(rows_of_one_status_are_listed_in_the_order_of_their_keys),
		SCRATCH_TEST(a_table_that_is_not_there_lists_no_rows),
		SCRATCH_TEST(rows_on_many_pages_are_listed),
		SCRATCH_TEST(rows_may_be_put_while_others_are_listed),
		SCRATCH_TEST(an_error_of_the_file_breaks_a_listing_off),
		SCRATCH_TEST(a_listing_ends_at_a_key_that_no_program_of_ours_writes),
		SCRATCH_TEST(who_reads_by_a_table_of_its_own_waits_for_no_writer),
		SCRATCH_TEST(versions_are_told),
		/* These fix the clock. */
		SCRATCH_TEST(rows_that_have_expired_are_not_listed),
		SCRATCH_TEST(an_expired_row_counts_as_absent),
		SCRATCH_TEST(expired_rows_are_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
