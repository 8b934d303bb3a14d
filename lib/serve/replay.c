#include "serve/replay.h"

#include <stdbool.h>
#include <string.h>

#include "api/upload_key.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "event/sequencer.h"
#include "serve/notice.h"
#include "serve/stored.h"
#include "store/row.h"
#include "store/table.h"

struct replay {
	struct table *table;
	const struct object_store *store;
	const char *bucket;
	struct buffer *newest;
	struct buffer keys; /* of the rows to mend, each with its NUL */
};

static bool is_upload(const struct replay *replay, const struct row *row)
{
	return row->bucket && strcmp(row->bucket, replay->bucket) == 0 &&
		strncmp(row->image_key, UPLOAD_KEY_PREFIX, strlen(UPLOAD_KEY_PREFIX)) == 0;
}

/* Look at a row: whether it tells of the object that is there. */
static int look(const struct row *row, void *state, struct error *err)
{
	struct replay *replay = state;
	struct object_written found;
	int there;

	if (row->sequencer && sequencer_compare(row->sequencer, replay->newest->bytes) > 0) {
		buffer_clear(replay->newest);
		buffer_text(replay->newest, row->sequencer);
	}
	if (!is_upload(replay, row))
		return 0;
	there = stored_find(replay->store, replay->bucket, row->image_key, &found, err);
	if (there > 0 && !(row->sequencer && row->etag && strcmp(row->etag, found.etag) == 0))
		buffer_append(&replay->keys, row->image_key, strlen(row->image_key) + 1);
	return there < 0 ? -1 : 0;
}

/* Put a row for the object that is there. */
static int mend(struct replay *replay, const char *key, struct error *err)
{
	struct object_written found;
	struct buffer sequencer = {0};
	struct row row = {0}, old = {0};
	bool written;
	int rc = stored_find(replay->store, replay->bucket, key, &found, err);

	if (rc <= 0)
		return rc;
	sequencer_next(&sequencer, replay->newest->bytes);
	buffer_clear(replay->newest);
	buffer_text(replay->newest, sequencer.bytes);
	notice_row(&row, replay->bucket, key, &found, sequencer.bytes, clock_now());
	rc = table_put(replay->table, &row, &old, &written, err);
	row_release(&row);
	row_release(&old);
	buffer_release(&sequencer);
	return rc;
}

int replay_mend(struct table *table, const struct object_store *store, const char *bucket,
	struct buffer *newest, struct error *err)
{
	struct replay replay = {.table = table, .store = store, .bucket = bucket, .newest = newest};
	int rc;

	buffer_text(newest, "");
	rc = table_list(table, ROW_PROCESSING, look, &replay, err);
	for (size_t at = 0; rc == 0 && at < replay.keys.length;
		at += strlen(replay.keys.bytes + at) + 1)
		rc = mend(&replay, replay.keys.bytes + at, err);
	if (rc == 0)
		rc = table_commit(table, err);
	buffer_release(&replay.keys);
	return rc;
}
