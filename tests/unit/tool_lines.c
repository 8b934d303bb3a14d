#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "test.h"
#include "tool/lines.h"

enum { MAX_LINE = 100 };

/* Make a file with `length` bytes and return its name, which is static. */
static char *make_file(const char *bytes, size_t length)
{
	static char names[4][32];
	static int next;
	char *name = names[next++ % 4];
	int fd;

	strcpy(name, "/tmp/imgpl-lines-XXXXXX");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
	return name;
}

static void expect(struct lines *lines, const char *text, size_t number)
{
	struct line line;

	assert_int_equal(lines_next(lines, true, &line), 1);
	assert_int_equal(line.length, strlen(text));
	assert_memory_equal(line.text, text, line.length);
	assert_int_equal(line.number, number);
	assert_false(line.too_long);
}

static void expect_end(struct lines *lines)
{
	struct line line;

	assert_int_equal(lines_next(lines, true, &line), 0);
	assert_int_equal(lines_next(lines, true, &line), 0);
	lines_free(lines);
}

TEST(lines_are_numbered_over_all_files_and_the_last_may_lack_its_newline)
{
	char *files[] = {
		make_file("one\n\nthree", 10), make_file("", 0), make_file("four\n", 5), NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');

	expect(lines, "one", 1);
	expect(lines, "", 2);
	expect(lines, "three", 3);
	expect(lines, "four", 4);
	expect_end(lines);
	assert_int_equal(lines_count(files), 4);
	for (int i = 0; files[i]; i++)
		unlink(files[i]);
}

TEST(bytes_of_every_kind_come_through)
{
	char *files[] = {make_file("a\0b\n\xff\r\n", 7), NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');
	struct line line;

	assert_int_equal(lines_next(lines, true, &line), 1);
	assert_int_equal(line.length, 3);
	assert_memory_equal(line.text, "a\0b", 3);
	expect(lines, "\xff\r", 2);
	expect_end(lines);
	unlink(files[0]);
}

/* Expect a line of `length` letters, of which the limit leaves the first. */
static void expect_letters(struct lines *lines, size_t length)
{
	struct line line;

	assert_int_equal(lines_next(lines, true, &line), 1);
	assert_int_equal(line.too_long, length > MAX_LINE);
	assert_int_equal(line.length, length > MAX_LINE ? MAX_LINE : length);
	for (size_t i = 0; i < line.length; i++)
		assert_int_equal(line.text[i], 'x');
}

TEST(a_line_over_the_limit_is_cut_and_its_neighbours_are_not)
{
	static const size_t lengths[] = {MAX_LINE - 1, MAX_LINE, MAX_LINE + 1, MAX_LINE + 2, 0,
		65535, 65536, 65537, 3, 131071, 131072, 131073, 1000000, 1};
	size_t total = 0, at = 0;
	struct lines *lines;
	char *text, *files[2] = {NULL, NULL};

	for (size_t i = 0; i < COUNT(lengths); i++)
		total += lengths[i] + 1;
	text = memory_new(total, 1);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		memset(text + at, 'x', lengths[i]);
		at += lengths[i];
		text[at++] = '\n';
	}
	for (int last = 0; last < 2; last++) {
		files[0] = make_file(text, total - (size_t)last);
		lines = lines_new(files, MAX_LINE, '\n');
		for (size_t i = 0; i < COUNT(lengths); i++) {
			expect_letters(lines, lengths[i]);
			lines_forget(lines);
		}
		expect_end(lines);
		unlink(files[0]);
	}
	free(text);
}

TEST(a_line_without_an_end_takes_bounded_memory)
{
	char *files[] = {make_file("", 0), NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');
	struct line line;

	assert_int_equal(truncate(files[0], 64 << 20), 0); /* zeros, of which the disk has none */
	assert_int_equal(lines_next(lines, true, &line), 1);
	assert_true(line.too_long);
	assert_int_equal(lines_held(lines), MAX_LINE + 2);
	expect_end(lines);
	unlink(files[0]);
}

TEST(lines_that_were_not_forgotten_come_again)
{
	char *files[] = {make_file("one\ntwo\nthree\n", 14), NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');

	expect(lines, "one", 1);
	lines_forget(lines);
	expect(lines, "two", 2);
	expect(lines, "three", 3);
	assert_int_equal(lines_held(lines), 10);
	lines_rewind(lines);
	assert_int_equal(lines_held(lines), 0);
	expect(lines, "two", 2);
	expect(lines, "three", 3);
	lines_forget(lines);
	assert_int_equal(lines_held(lines), 0);
	lines_rewind(lines);
	expect_end(lines);
	unlink(files[0]);
}

TEST(lines_can_be_had_without_waiting_for_their_writer)
{
	int ends[2], saved = dup(STDIN_FILENO);
	char *files[] = {NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');
	struct line line;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(lines_next(lines, false, &line), 0);
	assert_int_equal(write(ends[1], "one\ntw", 6), 6);
	expect(lines, "one", 1);
	assert_int_equal(lines_next(lines, false, &line), 0);
	assert_int_equal(write(ends[1], "o\n", 2), 2);
	assert_int_equal(lines_next(lines, false, &line), 1);
	assert_int_equal(line.length, 3);
	close(ends[1]);
	expect_end(lines);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

TEST(a_file_that_is_not_there_is_a_failure)
{
	char missing[] = "/tmp/imgpl-lines/missing", *files[] = {missing, NULL};
	struct lines *lines = lines_new(files, MAX_LINE, '\n');
	struct line line;

	assert_int_equal(lines_next(lines, true, &line), -1);
	lines_free(lines);
	assert_int_equal(lines_count(files), 0);
	lines_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			lines_are_numbered_over_all_files_and_the_last_may_lack_its_newline),
		cmocka_unit_test(bytes_of_every_kind_come_through),
		cmocka_unit_test(a_line_over_the_limit_is_cut_and_its_neighbours_are_not),
		cmocka_unit_test(a_line_without_an_end_takes_bounded_memory),
		cmocka_unit_test(lines_that_were_not_forgotten_come_again),
		cmocka_unit_test(lines_can_be_had_without_waiting_for_their_writer),
		cmocka_unit_test(a_file_that_is_not_there_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
