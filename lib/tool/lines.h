#ifndef TOOL_LINES_H
#define TOOL_LINES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The lines of some files, or of standard input, one after another. Lines that were read since
 * lines_forget() stay in memory, so that they can be gone over once more.
 */

struct lines;

struct line {
	const char
		*text; /* borrowed until the next call; without its newline, followed by any byte */
	size_t length; /* at most the limit; a longer line is cut here */
	size_t number; /* from 1, over all files */
	bool too_long;
};

/* Read `files`, up to NULL, where "-" is standard input, which none at all means too. No line is
 * longer than `max_line` bytes, and each ends in `end`, which is a newline as a rule. Free with
 * lines_free(). */
struct lines *lines_new(char *const *files, size_t max_line, char end);
void lines_free(struct lines *lines);

/* Get the next line; with `wait` false only if it can be had without waiting for its writer.
 * Return 1, or 0 if there is none: at the end, when a signal came (stop.h), or, with `wait` false,
 * for now. A file that can't be read is reported and left, and then the end is -1. */
int lines_next(struct lines *lines, bool wait, struct line *line);

/* Forget the lines got so far. */
void lines_forget(struct lines *lines);

/* Go back to the first line that was not forgotten. */
void lines_rewind(struct lines *lines);

/* Return how many bytes the lines take that were got and not forgotten. */
size_t lines_held(const struct lines *lines);

/* Count the lines of all files; 0 if one of them is no regular file. */
size_t lines_count(char *const *files);

#endif
