#ifndef LAMBDA_COPROCESS_H
#define LAMBDA_COPROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct coprocess;
struct error;

/*
 * A filter that is kept running (child.h): it is given one line at a time, and answers it with one
 * line. The caller ignores SIGPIPE.
 *
 * Ahead of each line goes a space, which means nothing at the beginning of a line of JSON. Once it
 * is read, the filter is ready, and has nothing more to say of the line before: so an answer can't
 * be taken for that to another line.
 */

struct coprocess_settings {
	char *const
		*command;  /* a program, found as execvp(3) does, and its arguments, up to NULL */
	const char *name;  /* for messages */
	int stop;	   /* a descriptor that can be read once all is to end, or -1 */
	size_t max_answer; /* bytes of an answer, without its newline */
	/* Told each line that the filter writes to standard error, cut to CHILD_MAX_MESSAGE bytes
	 * (child.h), as a string. */
	void (*message)(const char *text, void *state);
	void *state;
};

/* Make one that does not run yet. What the settings point to is borrowed. Free with
 * coprocess_free(), which ends it, and takes NULL. */
struct coprocess *coprocess_new(const struct coprocess_settings *settings);
void coprocess_free(struct coprocess *coprocess);

/* Start it, unless it runs. -1 with `err` filled, Imgpl.Internal, if the program is missing or
 * can't be run. */
int coprocess_start(struct coprocess *coprocess, struct error *err);

/* Wait until it is ready, but no longer than `seconds`. -1 with `err` filled if it ended instead.
 */
int coprocess_ready(struct coprocess *coprocess, double seconds, struct error *err);

/* Return whether it can be given a line. If it ended since the last one, closed its input or
 * output, or wrote something more, it is ended, and `err` says which. */
bool coprocess_is_well(struct coprocess *coprocess, struct error *err);

/* Give it a line, which ends in its newline, and wait for the answer, which replaces what `answer`
 * holds, and has none. Before `seconds` have passed it is asked to end (SIGTERM), and when they
 * have it is killed; 0 is no limit. -1 with `err` filled if there is no answer, and then it is
 * ended:
 *
 *   Imgpl.Transient  it took too long; all was to end; or it exited with status 75
 *   Imgpl.Limit      the answer is longer than `max_answer`
 *   Imgpl.Internal   it ended in another way, closed its input or output, or wrote more than one
 *                    line, or one before it had read its own
 *
 * If it ended, the text has its exit status or signal, and its last message. */
int coprocess_ask(struct coprocess *coprocess, const struct buffer *line, double seconds,
	struct buffer *answer, struct error *err);

/* Return the descriptor from which messages are read, or -1, for poll(2); and read those that are
 * there. */
int coprocess_messages(const struct coprocess *coprocess);
void coprocess_listen(struct coprocess *coprocess);

/* End it, if it runs: it gets a SIGTERM, and after `seconds` a SIGKILL. What it writes to standard
 * error meanwhile is told. */
void coprocess_end(struct coprocess *coprocess, double seconds);

#endif
