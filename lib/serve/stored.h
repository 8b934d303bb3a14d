#ifndef SERVE_STORED_H
#define SERVE_STORED_H

#include "store/object.h"

struct error;

/* Look for an object in the store, and tell of it in `found`. Return 1 if it is there, 0 if it
 * isn't, or is none that can be opened, and -1 with `err` filled if nobody can tell. */
int stored_find(const struct object_store *store, const char *bucket, const char *key,
	struct object_written *found, struct error *err);

#endif
