#include "store/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "event/sequencer.h"
#include "store/object.h"
#include "store/row.h"
#include "store/table.h"

/* An object that waits, with strings of its own. */
struct waiting {
	struct object object;
	char *key, *etag, *sequencer;
};

struct pending {
	struct table *table;
	const char *bucket;
	pending_each *each;
	void *state;
	struct waiting waiting[TABLE_MANY];
	size_t count;
};

struct pending *pending_new(
	struct table *table, const char *bucket, pending_each *each, void *state)
{
	struct pending *pending = memory_new(1, sizeof(*pending));

	pending->table = table;
	pending->bucket = bucket;
	pending->each = each;
	pending->state = state;
	return pending;
}

static void forget(struct pending *pending)
{
	for (size_t i = 0; i < pending->count; i++) {
		free(pending->waiting[i].key);
		free(pending->waiting[i].etag);
		free(pending->waiting[i].sequencer);
	}
	pending->count = 0;
}

void pending_free(struct pending *pending)
{
	if (!pending)
		return;
	forget(pending);
	free(pending);
}

/* Tell of the object, unless its row says that there is nothing to do. */
static int tell(struct pending *pending, const struct object *object, const struct row *row,
	struct error *err)
{
	struct buffer later = {0};
	int rc;

	if (row_check_bucket(row, pending->bucket, err))
		return -1;
	if (row->status == ROW_COMPLETE && row->etag && strcmp(row->etag, object->etag) == 0)
		return 0;
	if (sequencer_compare(object->sequencer, row->sequencer) < 0)
		buffer_format(&later, "%s1", row->sequencer);
	rc = pending->each(object, later.bytes, pending->state, err);
	buffer_release(&later);
	return rc;
}

int pending_finish(struct pending *pending, struct error *err)
{
	const char *keys[TABLE_MANY];
	struct row rows[TABLE_MANY] = {0};
	int rc;

	for (size_t i = 0; i < pending->count; i++)
		keys[i] = pending->waiting[i].key;
	rc = table_get_many(pending->table, keys, pending->count, rows, err);
	for (size_t i = 0; i < pending->count; i++) {
		if (rc == 0)
			rc = tell(pending, &pending->waiting[i].object, &rows[i], err);
		row_release(&rows[i]);
	}
	forget(pending);
	return rc;
}

int pending_add(struct pending *pending, const struct object *object, struct error *err)
{
	struct waiting *waiting = &pending->waiting[pending->count++];

	waiting->key = memory_copy(object->key);
	waiting->etag = memory_copy(object->etag);
	waiting->sequencer = memory_copy(object->sequencer);
	waiting->object = *object;
	waiting->object.key = waiting->key;
	waiting->object.etag = waiting->etag;
	waiting->object.sequencer = waiting->sequencer;
	return pending->count < table_at_once(pending->table) ? 0 : pending_finish(pending, err);
}
