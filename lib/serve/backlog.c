#include "serve/backlog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "api/upload_key.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "event/sequencer.h"
#include "serve/notice.h"
#include "serve/stored.h"
#include "store/row.h"
#include "store/table.h"

/* How many uploads are remembered of one look through the table, and how many are told at once. */
enum { REMEMBERED = 4096, ROOM = 2 * REMEMBERED, AT_ONCE = 64 };

struct entry {
	char *sequencer, *key;
};

struct backlog {
	struct backlog_settings settings;
	struct buffer after, newest; /* between which all are remembered */
	size_t first, count;	     /* of `entries`, in order, those that are left */
	struct entry entries[ROOM];
};

static void set(struct buffer *buffer, const char *text)
{
	buffer_clear(buffer);
	buffer_text(buffer, text);
}

/* Forget the entries from `first` on. */
static void forget(struct backlog *backlog, size_t first)
{
	while (backlog->count > first) {
		const struct entry *entry = &backlog->entries[--backlog->count];

		free(entry->sequencer);
		free(entry->key);
	}
}

static int compare(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return sequencer_compare(left->sequencer, right->sequencer);
}

/* Bring the entries in order, and leave the last ones, if they are too many, for another look. */
static void order(struct backlog *backlog)
{
	qsort(backlog->entries, backlog->count, sizeof(backlog->entries[0]), compare);
	if (backlog->count <= REMEMBERED)
		return;
	forget(backlog, REMEMBERED);
	set(&backlog->newest, backlog->entries[REMEMBERED - 1].sequencer);
}

/* Return whether the row is of an upload that is to be told of now. */
static bool is_due(const struct backlog *backlog, const struct row *row)
{
	return row->status == ROW_PROCESSING && row->sequencer && row->etag && row->bucket &&
		strcmp(row->bucket, backlog->settings.bucket) == 0 &&
		strncmp(row->image_key, UPLOAD_KEY_PREFIX, strlen(UPLOAD_KEY_PREFIX)) == 0 &&
		sequencer_compare(row->sequencer, backlog->after.bytes) > 0 &&
		sequencer_compare(row->sequencer, backlog->newest.bytes) <= 0;
}

static int remember(const struct row *row, void *state, struct error *err)
{
	struct backlog *backlog = state;

	(void)err;
	if (!is_due(backlog, row))
		return 0;
	if (backlog->count == ROOM)
		order(backlog);
	backlog->entries[backlog->count++] =
		(struct entry){memory_copy(row->sequencer), memory_copy(row->image_key)};
	return 0;
}

/* Look through the table. */
static int look(struct backlog *backlog, const char *told, const char *newest, struct error *err)
{
	int rc;

	forget(backlog, 0);
	backlog->first = 0;
	set(&backlog->after, told);
	set(&backlog->newest, newest);
	rc = table_list(backlog->settings.table, ROW_PROCESSING, remember, backlog, err);
	if (rc)
		forget(backlog, 0);
	order(backlog);
	return rc;
}

/* Append the upload's line, unless it is no more to be told of, or its object isn't there. */
static int tell(const struct backlog *backlog, const struct entry *entry, struct buffer *lines,
	struct error *err)
{
	const struct backlog_settings *settings = &backlog->settings;
	struct object_written stored;
	struct row row = {0};
	int rc = table_get(settings->table, entry->key, &row, err);

	if (rc == 0 && is_due(backlog, &row)) {
		rc = stored_find(settings->store, settings->bucket, entry->key, &stored, err);
		if (rc > 0 && strcmp(stored.etag, row.etag) == 0)
			notice_line(lines, &row, settings->region);
	}
	row_release(&row);
	return rc < 0 ? -1 : 0;
}

int backlog_read(struct backlog *backlog, struct buffer *told, const char *newest,
	struct buffer *lines, struct error *err)
{
	if (backlog->first == backlog->count && look(backlog, told->bytes, newest, err))
		return -1;
	for (size_t i = 0; i < AT_ONCE && backlog->first < backlog->count; i++) {
		const struct entry *entry = &backlog->entries[backlog->first];

		if (tell(backlog, entry, lines, err))
			return -1;
		set(told, entry->sequencer);
		backlog->first++;
	}
	if (backlog->first == backlog->count)
		set(told, backlog->newest.bytes);
	return 0;
}

struct backlog *backlog_new(const struct backlog_settings *settings)
{
	struct backlog *backlog = memory_new(1, sizeof(*backlog));

	backlog->settings = *settings;
	return backlog;
}

void backlog_free(struct backlog *backlog)
{
	if (!backlog)
		return;
	forget(backlog, 0);
	buffer_release(&backlog->after);
	buffer_release(&backlog->newest);
	free(backlog);
}
