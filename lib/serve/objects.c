#include "serve/objects.h"

#include <stdlib.h>

#include "base/ending.h"
#include "base/error.h"
#include "base/memory.h"
#include "serve/download.h"
#include "serve/keeper.h"
#include "serve/outbox.h"
#include "serve/replay.h"
#include "serve/upload.h"
#include "store/object.h"
#include "store/table.h"

/* How many uploads may wait to be made safe, and how many bytes of lines to be read. */
enum { MAX_UPLOADS = 1024, MAX_LINES = 1 << 20 };

struct objects {
	struct objects_settings settings;
	struct object_store *store;
	struct table *table;
	struct table *rows; /* the same, to read what is committed, and wait for no commit */
	struct outbox *outbox;
	struct keeper *keeper;
	struct uploads *uploads;
	struct downloads *downloads;
};

static void complain(const struct error *err, void *state)
{
	const struct objects *objects = state;

	objects->settings.tell(err->text);
}

static void closed(const struct error *why, void *state)
{
	const struct objects *objects = state;

	if (!ending()) /* else it is no news */
		objects->settings.tell(why->text);
	objects->settings.closed();
}

static int open_places(struct objects *objects, struct error *err)
{
	const struct objects_settings *settings = &objects->settings;

	objects->store = object_store_open(settings->store, settings->place.bucket, err);
	if (!objects->store)
		return -1;
	objects->table = table_open(settings->table, TABLE_WRITE, err);
	if (!objects->table)
		return -1;
	objects->rows = table_open(settings->table, TABLE_READ, err);
	return objects->rows ? 0 : -1;
}

/* Begin to tell of uploads and to keep them, behind those that are there. */
static int begin(struct objects *objects, const char *newest, struct error *err)
{
	const struct objects_settings *settings = &objects->settings;
	const struct outbox_settings outbox = {.file = settings->events,
		.max_waiting = MAX_LINES,
		.backlog = {.region = settings->place.region,
			.bucket = settings->place.bucket,
			.store = objects->store,
			.table = objects->rows},
		.complain = complain,
		.closed = closed,
		.state = objects};
	struct keeper_settings keeper = {.bucket = settings->place.bucket,
		.store = objects->store,
		.table = objects->table,
		.max_waiting = MAX_UPLOADS};

	objects->outbox = outbox_open(&outbox, newest, err);
	if (!objects->outbox)
		return -1;
	keeper.outbox = objects->outbox;
	objects->keeper = keeper_open(&keeper, newest, err);
	return objects->keeper ? 0 : -1;
}

static void open_handlers(struct objects *objects)
{
	const struct objects_settings *settings = &objects->settings;
	const struct upload_settings upload = {.place = settings->place,
		.store = objects->store,
		.keeper = objects->keeper,
		.max_bytes = settings->max_bytes,
		.tell = settings->tell};
	const struct download_settings download = {
		.place = settings->place, .store = objects->store, .tell = settings->tell};

	objects->uploads = uploads_new(&upload);
	objects->downloads = downloads_new(&download);
}

struct objects *objects_open(const struct objects_settings *settings, struct error *err)
{
	struct objects *objects = memory_new(1, sizeof(*objects));
	struct buffer newest = {0};
	struct error unswept = {0};
	int rc;

	objects->settings = *settings;
	rc = open_places(objects, err);
	if (rc == 0 && object_sweep(objects->store, settings->place.bucket, &unswept))
		settings->tell(unswept.text); /* it takes room, and does no harm */
	if (rc == 0)
		rc = replay_mend(
			objects->table, objects->store, settings->place.bucket, &newest, err);
	if (rc == 0)
		rc = begin(objects, newest.bytes, err);
	buffer_release(&newest);
	if (rc == 0) {
		open_handlers(objects);
		return objects;
	}
	objects_free(objects);
	return NULL;
}

const struct http_handler *objects_uploads(const struct objects *objects)
{
	return uploads_handler(objects->uploads);
}

const struct http_handler *objects_downloads(const struct objects *objects)
{
	return downloads_handler(objects->downloads);
}

bool objects_finish(struct objects *objects, double seconds)
{
	keeper_free(objects->keeper);
	objects->keeper = NULL;
	return !objects->outbox || outbox_finish(objects->outbox, seconds);
}

void objects_free(struct objects *objects)
{
	if (!objects)
		return;
	objects_finish(objects, 0);
	uploads_free(objects->uploads);
	downloads_free(objects->downloads);
	outbox_free(objects->outbox);
	table_close(objects->rows);
	table_close(objects->table);
	object_store_free(objects->store);
	free(objects);
}
