#ifndef STORE_ORIGIN_H
#define STORE_ORIGIN_H

#include <stdint.h>

struct record;

/* Which state of an object a record is about: its member `source`. Strings are borrowed; NULL is
 * absent. */
struct origin {
	const char *version_id, *etag, *sequencer;
	int64_t bytes; /* -1 is absent */
};

/* Make `record`, which is empty, the record of an object that nothing was done with yet. `bucket`
 * may be NULL. Release with record_release(). */
void origin_record(
	struct record *record, const char *bucket, const char *key, const struct origin *origin);

#endif
