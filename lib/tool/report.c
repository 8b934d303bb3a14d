#include "tool/report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"

static const char *tool = "imgpl";
static enum report_level told = REPORT_NORMAL;
static bool in_color;
static char status_line[256];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void end_without_memory(void)
{
	static const char text[] = ": out of memory\n";

	if (write(STDERR_FILENO, tool, strlen(tool)) < 0 ||
		write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_RETRY);
	_exit(EXIT_RETRY);
}

void report_begin(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	if (argv0 && *argv0)
		tool = slash ? slash + 1 : argv0;
	memory_on_exhausted(end_without_memory);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		/* Opened the wrong way round, so that using a closed one still fails. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_MISUSE);
}

const char *report_tool(void)
{
	return tool;
}

void report_set(enum report_level level, bool color)
{
	told = level;
	in_color = color;
}

bool report_tells(enum report_level level)
{
	return told >= level;
}

static void write_all(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDERR_FILENO, bytes, length);

		if (n < 0 && errno == EAGAIN)
			poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, -1);
		else if (n < 0 && errno != EINTR)
			return; /* there is nobody left to tell */
		if (n > 0) {
			bytes += n;
			length -= (size_t)n;
		}
	}
}

/* Write `text` as a message, above the status line. */
static void say(const char *text)
{
	struct buffer line = {0};

	pthread_mutex_lock(&lock);
	if (status_line[0])
		buffer_text(&line, "\r\033[K");
	buffer_format(&line, in_color ? "\033[1;31m%s:\033[0m " : "%s: ", tool);
	utf8_show(&line, text, strlen(text));
	buffer_byte(&line, '\n');
	buffer_text(&line, status_line);
	write_all(line.bytes, line.length);
	pthread_mutex_unlock(&lock);
	buffer_release(&line);
}

static void say_args(const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);
	say(text);
}

void report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(format, args);
	va_end(args);
}

void report_failure(const char *format, ...)
{
	va_list args;

	if (!report_tells(REPORT_NORMAL))
		return;
	va_start(args, format);
	say_args(format, args);
	va_end(args);
}

void report_misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(format, args);
	va_end(args);
	exit(EXIT_MISUSE);
}

void report_no_start(const struct error *err)
{
	report("%s", err->text);
	exit(error_retry(err) ? EXIT_RETRY : EXIT_MISUSE);
}

void report_lines(const char *bytes, size_t length)
{
	pthread_mutex_lock(&lock);
	write_all(bytes, length);
	pthread_mutex_unlock(&lock);
}

void report_status_line(const char *line)
{
	static const char erase[] = "\r\033[K";

	pthread_mutex_lock(&lock);
	if (status_line[0] || (line && *line))
		write_all(erase, sizeof(erase) - 1);
	snprintf(status_line, sizeof(status_line), "%s", line ? line : "");
	write_all(status_line, strlen(status_line));
	pthread_mutex_unlock(&lock);
}
