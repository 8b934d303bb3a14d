#include "tool/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "tool/report.h"
#include "tool/stop.h"

enum { CHUNK = 1 << 16 };

static char stdin_name[] = "-";
static char *const standard_input[] = {stdin_name, NULL};

struct lines {
	char *const *files;
	const char *name; /* of the file being read */
	int fd;		  /* of the file being read, or -1 */
	char *bytes;
	size_t first;	 /* where the first line begins that was not forgotten */
	size_t next;	 /* where the next line begins */
	size_t searched; /* up to here there is no newline from `next` on */
	size_t end, capacity;
	size_t max_line;
	char newline;
	size_t number, first_number; /* of lines before `next`, before `first` */
	bool failed;		     /* some file could not be read */
	bool dropping;		     /* inside a line that is too long */
};

struct lines *lines_new(char *const *files, size_t max_line, char end)
{
	struct lines *lines = memory_new(1, sizeof(*lines));

	lines->files = files && *files ? files : standard_input;
	lines->fd = -1;
	lines->max_line = max_line;
	lines->newline = end;
	return lines;
}

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->fd > STDIN_FILENO)
		close(lines->fd);
	free(lines->bytes);
	free(lines);
}

void lines_forget(struct lines *lines)
{
	lines->first = lines->next;
	lines->first_number = lines->number;
}

void lines_rewind(struct lines *lines)
{
	lines->next = lines->searched = lines->first;
	lines->number = lines->first_number;
}

size_t lines_held(const struct lines *lines)
{
	return lines->next - lines->first;
}

/* Make room for a chunk: by moving what is held to the front, else by growing. */
static void make_room(struct lines *lines)
{
	if (lines->capacity - lines->end >= CHUNK)
		return;
	if (lines->first > 0) {
		memmove(lines->bytes, lines->bytes + lines->first, lines->end - lines->first);
		lines->next -= lines->first;
		lines->searched -= lines->first;
		lines->end -= lines->first;
		lines->first = 0;
	}
	if (lines->capacity - lines->end < CHUNK) {
		lines->capacity = lines->capacity ? lines->capacity * 2 : 2 * CHUNK;
		lines->bytes = memory_resize(lines->bytes, lines->capacity, 1);
	}
}

/* Report what errno says of the file being read, and leave it. */
static void fail(struct lines *lines)
{
	report("%s: %s", lines->name, strerror(errno));
	lines->failed = true;
	if (lines->fd > STDIN_FILENO)
		close(lines->fd);
	lines->fd = -1;
}

/* Open the next file. One that can't be read is reported, and the next is as good. */
static bool open_next(struct lines *lines)
{
	const char *name = *lines->files++;

	lines->name = strcmp(name, "-") == 0 ? "stdin" : name;
	lines->fd = STDIN_FILENO;
	if (strcmp(name, "-") != 0)
		lines->fd = open(name, O_RDONLY | O_CLOEXEC);
	if (lines->fd < 0)
		fail(lines);
	else if (isatty(lines->fd))
		report_failure("reading records from the terminal; see '%s -h'", report_tool());
	return lines->fd >= 0;
}

/* Wait until there is something to read. Return 0 if there isn't. */
static int wait_for_input(struct lines *lines, bool wait)
{
	struct pollfd fds[] = {
		{.fd = lines->fd, .events = POLLIN}, {.fd = stop_descriptor(), .events = POLLIN}};

	while (poll(fds, 2, wait ? -1 : 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return 1; /* let read() say what is wrong */
	return stop_signal() || fds[1].revents ? 0 : fds[0].revents != 0;
}

enum fill { FILL_NONE, FILL_SOME, FILL_END };

/* Read some more bytes. */
static enum fill fill(struct lines *lines, bool wait)
{
	ssize_t n;

	if (lines->fd < 0) {
		if (!*lines->files)
			return FILL_NONE;
		if (!open_next(lines))
			return FILL_END;
	}
	make_room(lines);
	do {
		if (!wait_for_input(lines, wait))
			return FILL_NONE;
		n = read(lines->fd, lines->bytes + lines->end, CHUNK);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0) {
		fail(lines);
		lines->end = lines->next; /* part of a line is none */
		return FILL_END;
	}
	lines->end += (size_t)n;
	if (n > 0)
		return FILL_SOME;
	if (lines->fd > STDIN_FILENO)
		close(lines->fd);
	lines->fd = -1;
	return FILL_END;
}

/* Hand out the line whose newline is at `end`. */
static int take(struct lines *lines, size_t end, struct line *line)
{
	line->text = lines->bytes + lines->next;
	line->length = end - lines->next;
	line->number = ++lines->number;
	line->too_long = line->length > lines->max_line;
	if (line->too_long)
		line->length = lines->max_line;
	lines->next = lines->searched = end + 1;
	return 1;
}

/* Drop what follows the limit of a line that is too long, but for one byte that shows that it
 * was. */
static void drop_excess(struct lines *lines)
{
	size_t most = lines->next + lines->max_line + 1;

	if (lines->end > most)
		lines->end = most;
	lines->searched = lines->end;
}

int lines_next(struct lines *lines, bool wait, struct line *line)
{
	for (;;) {
		size_t unsearched = lines->end - lines->searched;
		char *newline = unsearched
			? memchr(lines->bytes + lines->searched, lines->newline, unsearched)
			: NULL;

		if (wait && stop_signal())
			return 0;
		if (newline && lines->dropping) {
			size_t rest = (size_t)(newline - lines->bytes);
			size_t most = lines->next + lines->max_line + 1;

			memmove(lines->bytes + most, newline, lines->end - rest);
			lines->end -= rest - most;
			newline = lines->bytes + most;
		}
		if (newline) {
			lines->dropping = false;
			return take(lines, (size_t)(newline - lines->bytes), line);
		}
		lines->searched = lines->end;
		if (lines->end - lines->next > lines->max_line) {
			lines->dropping = true;
			drop_excess(lines);
		}
		switch (fill(lines, wait)) {
		case FILL_SOME:
			break;
		case FILL_END:
			if (lines->end > lines->next) /* the last line lacks its newline */
				lines->bytes[lines->end++] = lines->newline;
			break;
		case FILL_NONE:
			return lines->failed && lines->fd < 0 && !*lines->files ? -1 : 0;
		}
	}
}

/* Count the lines of an open file from the byte `at` on. */
static size_t count_newlines(int fd, off_t at)
{
	char bytes[CHUNK];
	size_t count = 0;
	ssize_t n;
	char end = '\n';

	while ((n = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			count += bytes[i] == '\n';
		end = bytes[n - 1];
		at += n;
	}
	return count + (end != '\n');
}

static bool is_regular(const char *file)
{
	struct stat status;
	bool found = strcmp(file, "-") == 0 ? fstat(STDIN_FILENO, &status) == 0
					    : stat(file, &status) == 0;

	return found && S_ISREG(status.st_mode);
}

size_t lines_count(char *const *files)
{
	size_t count = 0;

	for (files = *files ? files : standard_input; *files; files++) {
		bool is_stdin = strcmp(*files, "-") == 0;
		int fd;

		if (!is_regular(*files))
			return 0;
		fd = is_stdin ? STDIN_FILENO : open(*files, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return 0;
		count += count_newlines(fd, is_stdin ? lseek(fd, 0, SEEK_CUR) : 0);
		if (!is_stdin)
			close(fd);
	}
	return count;
}
