#ifndef SERVE_OUTBOX_H
#define SERVE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "serve/backlog.h"

struct error;
struct outbox;
struct row;

/*
 * Tells of uploads, a line each (notice.h), in the order of their sequencers, to whoever reads a
 * file: a pipe, as a rule. It has a thread of its own, so that nobody waits for a reader who is
 * slow.
 *
 * What waits for the reader takes a bounded amount of memory. What comes when that is full is only
 * counted in by its sequencer: the rows are in the table, PROCESSING, and are read back from there
 * (backlog.h) once there is room again. What the server that ran before did not get told, or was
 * told of and nobody finished, is the same case: the outbox begins with the rows that are there.
 * One whose object is not there, or is another, was not uploaded, and isn't told of.
 */

struct outbox_settings {
	int file;	    /* stays the caller's */
	size_t max_waiting; /* bytes of lines */
	struct backlog_settings backlog;
	/* Both are called from the outbox's thread. Something failed, and will be tried again. */
	void (*complain)(const struct error *err, void *state);
	/* Nobody reads any more, or the file can't be written; called once, and then nothing is
	 * told any more. It must not call the outbox. */
	void (*closed)(const struct error *why, void *state);
	void *state;
};

/* Begin with the rows that are PROCESSING and whose sequencer is not greater than `newest`. What
 * the settings name is borrowed until outbox_free(). NULL with `err` filled if it can't begin. */
struct outbox *outbox_open(
	const struct outbox_settings *settings, const char *newest, struct error *err);

/* Tell of an upload whose row is committed, and whose object has appeared. Each has a greater
 * sequencer than what came before. Never waits for the reader. Borrowed for the call. */
void outbox_add(struct outbox *outbox, const struct row *row);

/* Wait, for `seconds` at most, until all is told that was added; then end. Return whether it was:
 * if not, it will be told by who opens an outbox next. */
bool outbox_finish(struct outbox *outbox, double seconds);

/* Finish, without waiting, unless that was done, and release the outbox. Takes NULL. */
void outbox_free(struct outbox *outbox);

#endif
