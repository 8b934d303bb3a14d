#ifndef SERVE_KEEPER_H
#define SERVE_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/stream.h"
#include "store/object.h"

struct error;
struct keeper;
struct outbox;
struct table;

/*
 * Makes uploads safe, on a thread of its own, since that waits for the disk: as many at a time as
 * are there. Their bytes are made durable, then their rows are put, PROCESSING, and committed
 * together, and only then the objects appear. So whatever ends the server in between, there is no
 * object without a row to tell of it; and a row without its object is nobody's loss, as its sender
 * was not told of success.
 *
 * Each upload has a greater sequencer (event/sequencer.h) than all before it, those of a row that
 * it replaces included, whatever the machine's clock does.
 */

enum kept {
	KEPT,	     /* it is there, and will be told of */
	KEPT_EXISTS, /* there is such an object already, and it was to be the first */
	KEPT_FAILED, /* `err` says why; as a rule nothing has changed */
};

/* An upload, whose bytes are all written. It is the caller's, and lasts until done(). */
struct keeping {
	const char *key;
	struct stream out; /* of object_create(); closed before done() */
	bool once;	   /* only if there is no such object */
	/* Called once, from the keeper's thread; `upload` may be freed in it. */
	void (*done)(struct keeping *upload, enum kept outcome, const char *etag,
		const struct error *err);

	/* The keeper's own. */
	struct keeping *next;
	struct object_written written;
	struct buffer sequencer;
	int64_t started_at;
	enum kept outcome;
	bool has_appeared;
};

/* What uploads become. Borrowed until keeper_free(). */
struct keeper_settings {
	const char *bucket;
	const struct object_store *store;
	struct table *table;   /* into which nobody else puts */
	struct outbox *outbox; /* which is told of each */
	size_t max_waiting;    /* uploads that wait for others to be kept */
};

/* Begin, with sequencers behind `newest`. NULL with `err` filled if there can be no thread. */
struct keeper *keeper_open(
	const struct keeper_settings *settings, const char *newest, struct error *err);

/* Hand an upload over. Return -1, and it stays the caller's, if too many wait already. */
int keeper_add(struct keeper *keeper, struct keeping *upload);

/* Keep what was handed over, and end. Takes NULL. */
void keeper_free(struct keeper *keeper);

#endif
