#ifndef TOOL_FILTER_H
#define TOOL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct error;
struct line;
struct record;

/*
 * The loop that every filter ends in: for each line in one answer out, in order, as soon as it is
 * done. A record that failed travels on with its error; imgpl(7) has the rules.
 *
 * filter.c reads lines (lines.h), alone or for many threads (workers.h); run.c works on one line
 * and makes its answer (answer.h); stdout.c writes that out.
 */

struct filter {
	/* Work on one record, in place. Return 0, or -1 with `err` filled, whose text names the
	 * key: the record is then answered with that error. Called from `jobs` threads. */
	int (*each)(struct record *record, void *state, struct error *err);

	/* Answer an object that is no record, with any number of lines: each one that is_event()
	 * tells, or, where that is NULL, every one, instead of `each`. */
	bool (*is_event)(const struct record *object);
	int (*split)(struct record *object, const struct line *line, void *state,
		struct answer *answer, struct error *err);

	/* Make the work on all records since the last call safe, which were not answered yet. If it
	 * fails, none of them is. NULL if each stands alone; with it `jobs` is 1. */
	int (*commit)(void *state, struct error *err);

	/* `each` is over sooner than its answer is written: answers to lines that came together go
	 * out together. None waits for a line that is yet to come. For `jobs` of 1. */
	bool quick;

	void *state;
	int64_t jobs;	   /* records worked on side by side; 0 is one a CPU, 1 the least */
	bool dry_run;	   /* mark each record with dry_run */
	bool takes_failed; /* `each` gets records that failed earlier, too */
	bool names;	   /* `each` gets records without a key, too, and names them */
	size_t max_line;   /* bytes; 0 is FILTER_MAX_LINE */
};

enum { FILTER_MAX_LINE = 1 << 20, FILTER_MAX_KEY = 1024, FILTER_MAX_JOBS = 256 };

/* Return how many processors `jobs` records keep busy: no more than there are. */
int64_t filter_processors(int64_t jobs);

/* Run the filter over the lines of `files` (lines.h) until they end, or SIGINT or SIGTERM comes:
 * then it finishes the records in hand, says what was done and ends by the signal. Return the exit
 * status. */
int filter_run(const struct filter *filter, char *const *files);

#endif
