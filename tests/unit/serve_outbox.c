#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "scratch.h"
#include "serve/notice.h"
#include "serve/outbox.h"
#include "serve/replay.h"
#include "serve/stored.h"
#include "store/object.h"
#include "store/row.h"
#include "store/table.h"

/* A store and a table, and a pipe for the events. */
struct place {
	struct object_store *store;
	struct table *table;
	int pipe[2];
	atomic_int closed;
	struct error why;
};

static void complain(const struct error *err, void *state)
{
	(void)state;
	fail_msg("%s", err->text);
}

static void closed(const struct error *why, void *state)
{
	struct place *place = state;

	place->why = *why;
	place->closed++;
}

static void make_place(struct place *place)
{
	struct error err = {0};

	*place = (struct place){0};
	assert_int_equal(mkdir("b", 0777), 0);
	assert_int_equal(mkdir("b/uploads", 0777), 0);
	place->store = object_store_open("file:", "b", &err);
	place->table = table_open("sqlite:rows", TABLE_WRITE, &err);
	assert_non_null(place->store);
	assert_non_null(place->table);
	assert_int_equal(pipe(place->pipe), 0);
}

static void remove_place(struct place *place)
{
	table_close(place->table);
	object_store_free(place->store);
	close(place->pipe[0]);
	close(place->pipe[1]);
}

static struct outbox *open_outbox(struct place *place, size_t max_waiting, const char *newest)
{
	const struct outbox_settings settings = {.file = place->pipe[1],
		.max_waiting = max_waiting,
		.backlog = {.region = "us-east-1",
			.bucket = "b",
			.store = place->store,
			.table = place->table},
		.complain = complain,
		.closed = closed,
		.state = place};
	struct error err = {0};
	struct outbox *outbox = outbox_open(&settings, newest, &err);

	assert_non_null(outbox);
	return outbox;
}

/* Make the object and the row of an upload, and append the line that is to tell of it. The keys are
 * in another order than the sequencers. */
static void upload(struct place *place, unsigned number, struct row *row, struct buffer *expected)
{
	struct error err = {0};
	struct object_written written;
	struct row old = {0};
	char path[64], sequencer[32];
	bool is_written;

	snprintf(path, sizeof(path), "b/uploads/%u-%u.jpg", number * 7919 % 1000, number);
	snprintf(sequencer, sizeof(sequencer), "%08X", number);
	scratch_write(path, "12345");
	assert_int_equal(stored_find(place->store, "b", path + 2, &written, &err), 1);
	notice_row(row, "b", path + 2, &written, sequencer, 1767323045);
	assert_int_equal(table_put(place->table, row, &old, &is_written, &err), 0);
	assert_true(is_written);
	row_release(&old);
	notice_line(expected, row, "us-east-1");
}

/* Make uploads, commit them, and add them. */
static void add(struct place *place, struct outbox *outbox, unsigned first, unsigned count,
	struct buffer *expected)
{
	struct error err = {0};
	struct row rows[100] = {0};

	for (unsigned i = 0; i < count; i++)
		upload(place, first + i, &rows[i], expected);
	assert_int_equal(table_commit(place->table, &err), 0);
	for (unsigned i = 0; i < count; i++) {
		if (outbox)
			outbox_add(outbox, &rows[i]);
		row_release(&rows[i]);
	}
}

/* Read as much as is expected, and no more. */
static void expect(struct place *place, const struct buffer *expected)
{
	struct pollfd more = {.fd = place->pipe[0], .events = POLLIN};
	struct buffer found = {0};
	char bytes[4096];

	while (found.length < expected->length && poll(&more, 1, 20000) == 1) {
		ssize_t n = read(place->pipe[0], bytes, sizeof(bytes));

		assert_true(n > 0);
		buffer_append(&found, bytes, (size_t)n);
	}
	buffer_text(&found, "");
	assert_string_equal(found.bytes, expected->bytes);
	assert_int_equal(poll(&more, 1, 50), 0);
	buffer_release(&found);
}

TEST(uploads_are_told_in_order)
{
	struct place place;
	struct buffer expected = {0};
	struct outbox *outbox;

	make_place(&place);
	outbox = open_outbox(&place, 1 << 20, "");
	add(&place, outbox, 1, 100, &expected);
	expect(&place, &expected);
	assert_true(outbox_finish(outbox, 10));
	outbox_free(outbox);
	assert_int_equal(place.closed, 0);
	buffer_release(&expected);
	remove_place(&place);
}

TEST(what_there_is_no_room_for_is_read_back_in_order)
{
	struct place place;
	struct buffer expected = {0};
	struct outbox *outbox;

	make_place(&place);
	outbox = open_outbox(&place, 2000, "");
	for (unsigned i = 0; i < 10; i++) /* more than the pipe, the outbox, and one look hold */
		add(&place, outbox, 1 + 100 * i, 100, &expected);
	expect(&place, &expected);
	buffer_clear(&expected);
	add(&place, outbox, 1001, 3, &expected); /* and then all goes on as ever */
	expect(&place, &expected);
	assert_true(outbox_finish(outbox, 10));
	outbox_free(outbox);
	buffer_release(&expected);
	remove_place(&place);
}

/* Let somebody finish with an upload, whoever was told of it. */
static void complete(struct place *place, struct row *row)
{
	struct error err = {0};
	struct row old = {0};
	bool is_written;

	row->status = ROW_COMPLETE;
	assert_int_equal(table_put(place->table, row, &old, &is_written, &err), 0);
	assert_true(is_written);
	row_release(&old);
}

/* What is in memory would be told of, too. */
TEST(what_waits_for_a_reader_who_stopped_is_in_the_table_alone)
{
	struct place place;
	struct buffer expected = {0}, unexpected = {0};
	struct error err = {0};
	struct outbox *outbox;

	make_place(&place);
	outbox = open_outbox(&place, 2000, "");
	for (unsigned i = 0; i < 9; i++) /* much more than the pipe holds */
		add(&place, outbox, 1 + 100 * i, 100, &expected);
	for (unsigned number = 901; number <= 1000; number++) {
		struct row row = {0};

		upload(&place, number, &row, &unexpected);
		outbox_add(outbox, &row);
		complete(&place, &row);
		row_release(&row);
	}
	assert_int_equal(table_commit(place.table, &err), 0);
	expect(&place, &expected);
	assert_true(outbox_finish(outbox, 10));
	outbox_free(outbox);
	buffer_release(&unexpected);
	buffer_release(&expected);
	remove_place(&place);
}

TEST(what_was_not_told_before_is_told_first)
{
	struct place place;
	struct buffer expected = {0}, newest = {0};
	struct error err = {0};
	struct outbox *outbox;

	make_place(&place);
	for (unsigned i = 0; i < 4; i++)
		add(&place, NULL, 1 + 100 * i, 100, &expected);
	assert_int_equal(replay_mend(place.table, place.store, "b", &newest, &err), 0);
	assert_string_equal(newest.bytes, "00000190");
	outbox = open_outbox(&place, 1 << 20, newest.bytes);
	add(&place, outbox, 401, 10, &expected);
	expect(&place, &expected);
	outbox_free(outbox);
	buffer_release(&newest);
	buffer_release(&expected);
	remove_place(&place);
}

TEST(a_row_without_its_object_is_not_told_of)
{
	struct place place;
	struct buffer expected = {0}, newest = {0}, unexpected = {0};
	struct error err = {0};
	struct outbox *outbox;

	make_place(&place);
	add(&place, NULL, 1, 1, &unexpected);
	assert_int_equal(unlink("b/uploads/919-1.jpg"), 0);
	add(&place, NULL, 2, 1, &expected);
	assert_int_equal(replay_mend(place.table, place.store, "b", &newest, &err), 0);
	assert_string_equal(newest.bytes, "00000002");
	outbox = open_outbox(&place, 1 << 20, newest.bytes);
	expect(&place, &expected);
	outbox_free(outbox);
	buffer_release(&newest);
	buffer_release(&expected);
	buffer_release(&unexpected);
	remove_place(&place);
}

TEST(a_row_of_another_object_than_the_one_there_is_mended)
{
	struct place place;
	struct buffer expected = {0}, newest = {0}, unexpected = {0};
	struct error err = {0};
	struct outbox *outbox;
	struct row row = {0};

	make_place(&place);
	add(&place, NULL, 1, 1, &unexpected);
	scratch_write("b/uploads/919-1.jpg", "123456");
	assert_int_equal(replay_mend(place.table, place.store, "b", &newest, &err), 0);
	assert_string_equal(newest.bytes, "00000002");
	assert_int_equal(table_get(place.table, "uploads/919-1.jpg", &row, &err), 0);
	assert_string_equal(row.sequencer, "00000002");
	assert_int_equal(row.status, ROW_PROCESSING);
	notice_line(&expected, &row, "us-east-1");
	assert_non_null(strstr(expected.bytes, "\"size\":6"));
	outbox = open_outbox(&place, 1 << 20, newest.bytes);
	expect(&place, &expected);
	outbox_free(outbox);
	row_release(&row);
	buffer_release(&newest);
	buffer_release(&expected);
	buffer_release(&unexpected);
	remove_place(&place);
}

TEST(who_does_not_read_is_not_waited_for_longer_than_told)
{
	struct place place;
	struct buffer expected = {0};
	struct outbox *outbox;

	make_place(&place);
	outbox = open_outbox(&place, 1 << 20, "");
	for (unsigned i = 0; i < 4; i++)
		add(&place, outbox, 1 + 100 * i, 100, &expected);
	assert_false(outbox_finish(outbox, 0.1));
	outbox_free(outbox);
	assert_int_equal(place.closed, 0);
	buffer_release(&expected);
	remove_place(&place);
}

TEST(that_nobody_reads_any_more_is_told_once_be_there_something_to_write_or_not)
{
	for (int with = 0; with < 2; with++) {
		struct place place;
		struct buffer unread = {0};
		struct outbox *outbox;

		make_place(&place);
		outbox = open_outbox(&place, 1 << 20, "");
		close(place.pipe[0]);
		if (with)
			add(&place, outbox, 1, 3, &unread);
		for (int tries = 0; tries < 1000 && !place.closed; tries++)
			clock_sleep(0.01);
		assert_int_equal(place.closed, 1);
		assert_string_not_equal(place.why.text, "");
		outbox_finish(outbox, 10);
		outbox_free(outbox);
		assert_int_equal(place.closed, 1);
		buffer_release(&unread);
		place.pipe[0] = -1;
		remove_place(&place);
		assert_int_equal(system("rm -r b rows*"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(uploads_are_told_in_order),
		SCRATCH_TEST(what_there_is_no_room_for_is_read_back_in_order),
		SCRATCH_TEST(what_waits_for_a_reader_who_stopped_is_in_the_table_alone),
		SCRATCH_TEST(what_was_not_told_before_is_told_first),
		SCRATCH_TEST(a_row_without_its_object_is_not_told_of),
		SCRATCH_TEST(a_row_of_another_object_than_the_one_there_is_mended),
		SCRATCH_TEST(who_does_not_read_is_not_waited_for_longer_than_told),
		SCRATCH_TEST(
			that_nobody_reads_any_more_is_told_once_be_there_something_to_write_or_not),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
