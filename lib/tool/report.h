#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Messages to stderr, each a line "TOOL: message". The text is escaped (utf8_show()), and a line
 * is written at once, so threads and programs that share a terminal don't mix theirs. */

/* Exit statuses of every tool. */
enum {
	EXIT_GOOD = 0,	 /* all records are good */
	EXIT_FAILED = 1, /* some record is left with an error that won't pass */
	EXIT_MISUSE = 2, /* misuse or bad configuration; nothing was read */
	EXIT_RETRY = 75, /* all errors left are for now only (EX_TEMPFAIL of sysexits.h) */
};

enum report_level { REPORT_QUIET, REPORT_NORMAL, REPORT_VERBOSE };

/* Begin a tool: take its name from argv[0], make sure that descriptors 0 to 2 are taken so that no
 * file of ours becomes the standard output, and end the process with a message and EXIT_RETRY when
 * memory runs out. */
void report_begin(const char *argv0);

/* Return the tool's name. */
const char *report_tool(void);

/* Say how much to tell, and whether in colour. */
void report_set(enum report_level level, bool color);

/* Return whether `level` or more is told. */
bool report_tells(enum report_level level);

/* Write a message; whatever the level. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write a message unless quiet: a record's failure, a warning. */
void report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write a message and exit with EXIT_MISUSE. */
void report_misuse(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Write why the tool cannot begin, and exit with EXIT_MISUSE, or EXIT_RETRY if it may pass. */
void report_no_start(const struct error *err) __attribute__((noreturn));

/* Write lines of the caller's own making, newlines and all, to stderr at once. */
void report_lines(const char *bytes, size_t length);

/* Keep `line` as the terminal's last line, under the messages; NULL or "" takes it away. */
void report_status_line(const char *line);

#endif
