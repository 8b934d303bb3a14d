#include "store/row.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/record.h"
#include "event/sequencer.h"
#include "store/key.h"

static const char *const names[] = {
	[ROW_NOT_FOUND] = "NOT_FOUND",
	[ROW_PROCESSING] = "PROCESSING",
	[ROW_FAILED] = "FAILED",
	[ROW_COMPLETE] = "COMPLETE",
};

const char *row_status_name(enum row_status status)
{
	return names[status];
}

enum row_status row_status_parse(const char *name)
{
	for (enum row_status status = ROW_PROCESSING; name && status <= ROW_COMPLETE; status++)
		if (strcmp(name, names[status]) == 0)
			return status;
	return ROW_NOT_FOUND;
}

/* Copy a member's text as it stands. */
static char *copy_json(const struct record *record, const char *name)
{
	size_t length;
	const char *text = record_text(record, name, &length);
	struct buffer copy = {0};

	if (text)
		buffer_append(&copy, text, length);
	return copy.bytes;
}

void row_from_record(struct row *row, const struct record *record)
{
	struct json_object *source = record_member(record, "source");

	row->image_key = memory_copy(record_string(record, "key"));
	row->bucket = memory_copy(record_string(record, "bucket"));
	row->sequencer = memory_copy(json_string(source, "sequencer"));
	row->etag = memory_copy(json_string(source, "etag"));
	row->source = copy_json(record, "source");
	row->image = copy_json(record, "image");
	row->processed_key = memory_copy(record_string(record, "processed_key"));
	row->renditions = copy_json(record, "renditions");
	row->labels = copy_json(record, "labels");
	row->started_at = memory_copy(record_string(record, "started_at"));
}

/* Set a member, unless it says the same already: then its bytes stay. */
static void set_string(struct record *record, const char *name, const char *value)
{
	const char *old = record_string(record, name);

	if (value && (!old || strcmp(old, value) != 0))
		record_set_string(record, name, value);
}

static void set_json(struct record *record, const char *name, const char *value)
{
	if (value)
		record_set_json(record, name, value);
}

void row_to_record(const struct row *row, struct record *record)
{
	set_string(record, "bucket", row->bucket);
	set_string(record, "key", row->image_key);
	set_json(record, "source", row->source);
	set_json(record, "image", row->image);
	set_string(record, "processed_key", row->processed_key);
	set_json(record, "renditions", row->renditions);
	set_json(record, "labels", row->labels);
	set_string(record, "status", row_status_name(row->status));
	set_string(record, "reason", row->reason);
	set_string(record, "started_at", row->started_at);
	set_string(record, "created_at", row->created_at);
	if (row->expires_at)
		record_set_number(record, "expires_at", row->expires_at);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

/* Return whether two complete rows say the same of a picture, whenever they were written. */
static bool same_result(const struct row *a, const struct row *b)
{
	return same(a->etag, b->etag) && same(a->source, b->source) && same(a->image, b->image) &&
		same(a->processed_key, b->processed_key) && same(a->renditions, b->renditions) &&
		same(a->labels, b->labels) && same(a->reason, b->reason);
}

/* Return whether `row` is of an object that came by an event, and `old` of another one that came by
 * none, as those of a list do: nothing else can tell which is newer. */
static bool has_event(const struct row *row, const struct row *old)
{
	return row->sequencer && !old->sequencer && !same(row->etag, old->etag);
}

bool row_replaces(const struct row *row, const struct row *old)
{
	int newer = sequencer_compare(row->sequencer, old->sequencer);

	if (old->status == ROW_NOT_FOUND || newer > 0 || has_event(row, old))
		return true;
	if (newer < 0)
		return false;
	switch (old->status) {
	case ROW_PROCESSING:
		return row->status == ROW_FAILED || row->status == ROW_COMPLETE;
	case ROW_FAILED:
		return row->status == ROW_COMPLETE || row->status == ROW_PROCESSING;
	default:
		return row->status == ROW_COMPLETE && !same_result(row, old);
	}
}

void row_time_out(struct row *row, int64_t now, int64_t seconds)
{
	int64_t started;

	if (row->status != ROW_PROCESSING || !row->started_at ||
		clock_parse(row->started_at, &started) || now - started <= seconds)
		return;
	row->status = ROW_FAILED;
	free(row->reason);
	row->reason = memory_copy("timed out");
}

int row_check_bucket(const struct row *row, const char *bucket, struct error *err)
{
	char shown[KEY_TEXT];

	if (row->status == ROW_NOT_FOUND || same(row->bucket, bucket))
		return 0;
	key_show(shown, NULL, row->image_key);
	return error_invalid(err, "%s: the table holds it in %s%.80s, not in %s%.80s", shown,
		row->bucket ? "bucket " : "no bucket", row->bucket ? row->bucket : "",
		bucket ? "bucket " : "no bucket", bucket ? bucket : "");
}

void row_release(struct row *row)
{
	free(row->image_key);
	free(row->bucket);
	free(row->sequencer);
	free(row->etag);
	free(row->source);
	free(row->image);
	free(row->processed_key);
	free(row->renditions);
	free(row->labels);
	free(row->reason);
	free(row->started_at);
	free(row->created_at);
	*row = (struct row){0};
}
