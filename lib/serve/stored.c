#include "serve/stored.h"

#include <stdio.h>

#include "base/error.h"

static int tell(const struct object *object, void *state, struct error *err)
{
	struct object_written *found = state;

	(void)err;
	if (object->unusable)
		return 0;
	found->bytes = object->bytes;
	found->modified = object->modified;
	snprintf(found->etag, sizeof(found->etag), "%s", object->etag);
	snprintf(found->sequencer, sizeof(found->sequencer), "%s",
		object->sequencer ? object->sequencer : "");
	return 1;
}

int stored_find(const struct object_store *store, const char *bucket, const char *key,
	struct object_written *found, struct error *err)
{
	int rc = object_find(store, bucket, key, tell, found, err);

	if (rc < 0 && err->type == ERROR_INVALID) { /* not even the bucket is there */
		*err = (struct error){0};
		return 0;
	}
	return rc;
}
