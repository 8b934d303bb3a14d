#ifndef STORE_SOURCE_H
#define STORE_SOURCE_H

#include <stdint.h>

struct record;

/* Which state of an object a record is about: its member `source`. Strings are borrowed; NULL is
 * absent. */
struct source {
	const char *version_id, *etag, *sequencer;
	int64_t bytes; /* -1 is absent */
};

/* Make `record`, which is empty, the record of an object that nothing was done with yet. `bucket`
 * may be NULL. Release with record_release(). */
void source_record(
	struct record *record, const char *bucket, const char *key, const struct source *source);

#endif
