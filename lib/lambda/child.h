#ifndef LAMBDA_CHILD_H
#define LAMBDA_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"

struct error;

/*
 * A program that runs beside, with a pipe to its standard input and one each from its standard
 * output and standard error. It leads a process group of its own, which is ended as a whole.
 */

enum { CHILD_MAX_MESSAGE = 2048, CHILD_MAX_QUOTED = 300 };

struct child {
	/* What it is to be: set before it is started. */
	char *const *command; /* found as execvp(3) does, and its arguments, up to NULL */
	const char *name;     /* for messages */
	void (*message)(const char *text, void *state); /* told what it says (child_listen()) */
	void *state;

	/* What it is: starts at zero. */
	pid_t pid;    /* and group; 0 if it does not run */
	int in, out;  /* to its standard input, from its standard output; they don't block */
	int messages; /* from its standard error; -1 once that is closed */
	struct buffer partial;		 /* a message whose end has not come */
	char last[CHILD_MAX_QUOTED + 1]; /* message, "" for none */
};

/* Start it. -1 with `err` filled, Imgpl.Internal, if the program is missing or can't be run. */
int child_start(struct child *child, struct error *err);

/* Read what it has written to standard error, and tell `message` each line of that, cut to
 * CHILD_MAX_MESSAGE bytes, with spaces for NULs. */
void child_listen(struct child *child);

/* Return whether it has read all that was written to `in`. */
bool child_has_read(const struct child *child);

/* Return whether it has closed its input. */
bool child_is_deaf(const struct child *child);

/* Return whether it is over: it has closed its output, and all of that was read, or it has ended,
 * though something that it started may still have the output open. */
bool child_is_over(struct child *child);

/* Ask it to end, by SIGTERM. */
void child_ask(const struct child *child);

/* End it, if it runs: give it `seconds` to end by itself, and then kill it, and all that is left of
 * its group. It is heard to the end. Return how it ended, as waitpid(2) has it. */
int child_end(struct child *child, double seconds);

/* End it, since it is over or deaf, and say how it ended: "NAME exited with status 1: its last
 * message", or "NAME closed its input or output" if it goes on without. -1 with `err` filled,
 * Imgpl.Transient for the status 75, else Imgpl.Internal. */
int child_failed(struct child *child, struct error *err);

#endif
