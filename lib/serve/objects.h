#ifndef SERVE_OBJECTS_H
#define SERVE_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "serve/exchange.h"
#include "serve/s3_request.h"

struct error;
struct objects;

/*
 * Objects of one bucket, over HTTP: uploads (upload.h), which are made safe (keeper.h) and told of
 * (outbox.h), and downloads (download.h).
 */

struct objects_settings {
	struct s3_place place;
	const char *store, *table; /* URLs: of files (store/object.h), and store/table.h */
	uint64_t max_bytes;	   /* of one upload */
	int events;		   /* the file to tell of uploads in, which stays the caller's */
	/* Tell the server's owner why something failed by no fault of a sender. From any thread. */
	void (*tell)(const char *text);
	/* Nobody reads the events any more: it is time to end. From any thread, once. */
	void (*closed)(void);
};

/* Clean up behind a server that was ended in the middle of its work, and begin. What the settings
 * name is borrowed until objects_free(), and nobody else may begin with the same store meanwhile;
 * others may write rows. NULL with `err` filled if store or table can't be used. */
struct objects *objects_open(const struct objects_settings *settings, struct error *err);

/* Return who answers. Borrowed. */
const struct http_handler *objects_uploads(const struct objects *objects);
const struct http_handler *objects_downloads(const struct objects *objects);

/* When no upload is in flight any more, wait until all are told of, for `seconds` at most. Return
 * whether they are: the rest is what the next server begins with. */
bool objects_finish(struct objects *objects, double seconds);

/* Finish, without waiting for the reader, unless that was done, and release all. Takes NULL. */
void objects_free(struct objects *objects);

#endif
