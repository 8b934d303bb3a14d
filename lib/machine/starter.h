#ifndef MACHINE_STARTER_H
#define MACHINE_STARTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct json_object;
struct record;
struct starter;
struct table;

/*
 * Starts an execution for each object that a storage event tells of, once: an execution's name is
 * the object's (execution.h), so whatever comes twice, or is tried again, starts what is missing
 * and no more.
 */

struct starter_settings {
	const char *state_machine; /* its ARN, checked */
	int64_t attempt;	   /* execution_name() */
	const char *out_prefix;	   /* keys that begin so are passed over (store/output.h) */
	struct table *table;	   /* where rows are marked PROCESSING; NULL is nowhere */
	bool dry_run;		   /* start nothing, mark nothing, and tell what would be */
};

/* Open a starter; `settings` is borrowed until starter_free(), which takes NULL. NULL with `err`
 * filled as aws_open() does. */
struct starter *starter_open(const struct starter_settings *settings, struct error *err);
void starter_free(struct starter *starter);

/* What came of an event. Starts at zero; release with starter_outcome_release(). */
struct starter_outcome {
	struct buffer started; /* JSON objects with commas between */
	size_t duplicates;     /* objects that came before, or are older than what did */
	size_t skipped;	       /* our own outputs, and what is not the making of an object */
};

/* Start an execution for each object of `event`. Its input is the object's record with
 * `started_at`; the row, if there is a table, is marked before. On -1 `err` is filled: it is no
 * event, or something in it could not be read or started, after all the rest of it was. Then of
 * several errors it is one that may pass, if there is any. May be called from many threads. */
int starter_run(struct starter *starter, struct json_object *event, struct starter_outcome *outcome,
	struct error *err);

/* Set the members `started`, `duplicates` and `skipped`. */
void starter_tell(const struct starter_outcome *outcome, struct record *record);

void starter_outcome_release(struct starter_outcome *outcome);

#endif
