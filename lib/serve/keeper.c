#include "serve/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "event/sequencer.h"
#include "serve/notice.h"
#include "serve/outbox.h"
#include "serve/stored.h"
#include "store/row.h"
#include "store/table.h"

/* How many are kept at a time: the first of them waits for the last. */
enum { BATCH = 64 };

struct keeper {
	struct keeper_settings settings;
	pthread_t thread;
	struct buffer newest; /* the last sequencer; the thread's own */

	pthread_mutex_t lock; /* held by whoever uses what follows */
	pthread_cond_t more;
	struct keeping *first, **last;
	size_t count;
	bool ending;
};

/* Uploads that are kept together. */
struct batch {
	struct keeping *uploads[BATCH];
	struct error errors[BATCH];
	size_t count;
};

static struct keeping *take_one(struct keeper *keeper)
{
	struct keeping *upload = keeper->first;

	if (!upload)
		return NULL;
	keeper->first = upload->next;
	if (!keeper->first)
		keeper->last = &keeper->first;
	keeper->count--;
	return upload;
}

/* Wait for uploads, and take those that are there. Return whether there are any: if not, it's the
 * end. */
static bool take_batch(struct keeper *keeper, struct batch *batch)
{
	memset(batch, 0, sizeof(*batch));
	pthread_mutex_lock(&keeper->lock);
	while (!keeper->first && !keeper->ending)
		pthread_cond_wait(&keeper->more, &keeper->lock);
	while (batch->count < BATCH && (batch->uploads[batch->count] = take_one(keeper)))
		batch->count++;
	pthread_mutex_unlock(&keeper->lock);
	return batch->count > 0;
}

/* Return whether one of the same batch, that will be there first, has the same key. */
static bool comes_after(const struct batch *batch, size_t index)
{
	const struct keeping *upload = batch->uploads[index];

	for (size_t i = 0; i < index; i++)
		if (batch->uploads[i]->outcome == KEPT &&
			strcmp(batch->uploads[i]->key, upload->key) == 0)
			return true;
	return false;
}

static void set_newest(struct keeper *keeper, const char *sequencer)
{
	buffer_clear(&keeper->newest);
	buffer_text(&keeper->newest, sequencer);
}

/* Give the upload the next sequencer: that of its object, if it is greater than all so far. */
static void number(struct keeper *keeper, struct keeping *upload)
{
	const char *own = upload->written.sequencer;

	buffer_clear(&upload->sequencer);
	if (sequencer_compare(own, keeper->newest.bytes) > 0)
		buffer_text(&upload->sequencer, own);
	else
		sequencer_next(&upload->sequencer, keeper->newest.bytes);
	set_newest(keeper, upload->sequencer.bytes);
}

static void make_row(const struct keeper *keeper, const struct keeping *upload, struct row *row)
{
	notice_row(row, keeper->settings.bucket, upload->key, &upload->written,
		upload->sequencer.bytes, upload->started_at);
}

/* Make the bytes of an upload durable, unless it comes too late. */
static enum kept prepare(
	const struct keeper *keeper, const struct batch *batch, size_t index, struct error *err)
{
	const struct keeper_settings *settings = &keeper->settings;
	struct keeping *upload = batch->uploads[index];
	int there = 0;

	if (upload->once && comes_after(batch, index))
		return KEPT_EXISTS;
	/* Its row would take the place of the one that tells of the object that is there. */
	if (upload->once)
		there = stored_find(
			settings->store, settings->bucket, upload->key, &upload->written, err);
	if (there)
		return there > 0 ? KEPT_EXISTS : KEPT_FAILED;
	return object_prepare(settings->store, &upload->out, &upload->written, err) ? KEPT_FAILED
										    : KEPT;
}

/* Put the upload's row. */
static int put_row(struct keeper *keeper, struct keeping *upload, struct error *err)
{
	const struct keeper_settings *settings = &keeper->settings;
	bool written = false;
	int rc = 0;

	while (rc == 0 && !written) {
		struct row row = {0}, old = {0};

		number(keeper, upload);
		make_row(keeper, upload, &row);
		rc = table_put(settings->table, &row, &old, &written, err);
		if (rc == 0 && !written && !old.sequencer)
			rc = error_internal(
				err, "the row has no sequencer, so it can't be replaced");
		if (rc == 0 && !written) /* it is of a clock that was ahead */
			set_newest(keeper, old.sequencer);
		row_release(&row);
		row_release(&old);
	}
	return rc;
}

/* Return whether the upload's object is there. */
static bool is_there(const struct keeper *keeper, const struct keeping *upload)
{
	const struct keeper_settings *settings = &keeper->settings;
	struct object_written found;
	struct error unknown = {0};

	return stored_find(settings->store, settings->bucket, upload->key, &found, &unknown) > 0 &&
		strcmp(found.etag, upload->written.etag) == 0;
}

/* Let the object appear. It may do so and fail to be durable: then its sender is told of the
 * failure, but those who work on objects are told of it. */
static enum kept appear(const struct keeper *keeper, struct keeping *upload, struct error *err)
{
	const struct object_store *store = keeper->settings.store;
	int rc = upload->once ? object_commit_new(store, &upload->out, err)
			      : stream_commit(&upload->out, err);

	upload->has_appeared = rc == 0 || (rc < 0 && is_there(keeper, upload));
	if (rc > 0)
		return KEPT_EXISTS;
	return rc < 0 ? KEPT_FAILED : KEPT;
}

/* Tell of an upload, and be done with it. */
static void finish(struct keeper *keeper, struct keeping *upload, const struct error *err)
{
	char etag[OBJECT_ETAG];
	struct row row = {0};

	if (upload->has_appeared) {
		make_row(keeper, upload, &row);
		outbox_add(keeper->settings.outbox, &row);
		row_release(&row);
	}
	stream_close(&upload->out);
	buffer_release(&upload->sequencer);
	memcpy(etag, upload->written.etag, sizeof(etag));
	upload->done(upload, upload->outcome, etag, err);
}

static void put_rows(struct keeper *keeper, struct batch *batch)
{
	struct error err = {0};

	for (size_t i = 0; i < batch->count; i++)
		if (batch->uploads[i]->outcome == KEPT &&
			put_row(keeper, batch->uploads[i], &batch->errors[i]))
			batch->uploads[i]->outcome = KEPT_FAILED;
	if (table_commit(keeper->settings.table, &err) == 0)
		return;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->uploads[i]->outcome == KEPT) {
			batch->uploads[i]->outcome = KEPT_FAILED;
			batch->errors[i] = err;
		}
}

static void keep(struct keeper *keeper, struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		batch->uploads[i]->started_at = clock_now();
		batch->uploads[i]->outcome = prepare(keeper, batch, i, &batch->errors[i]);
	}
	put_rows(keeper, batch);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->uploads[i]->outcome == KEPT)
			batch->uploads[i]->outcome =
				appear(keeper, batch->uploads[i], &batch->errors[i]);
		finish(keeper, batch->uploads[i], &batch->errors[i]);
	}
}

static void *run(void *state)
{
	struct keeper *keeper = state;
	struct batch batch;

	while (take_batch(keeper, &batch))
		keep(keeper, &batch);
	return NULL;
}

static void release(struct keeper *keeper)
{
	pthread_mutex_destroy(&keeper->lock);
	pthread_cond_destroy(&keeper->more);
	buffer_release(&keeper->newest);
	free(keeper);
}

struct keeper *keeper_open(
	const struct keeper_settings *settings, const char *newest, struct error *err)
{
	struct keeper *keeper = memory_new(1, sizeof(*keeper));

	keeper->settings = *settings;
	keeper->last = &keeper->first;
	buffer_text(&keeper->newest, newest);
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_cond_init(&keeper->more, NULL);
	errno = pthread_create(&keeper->thread, NULL, run, keeper);
	if (errno == 0)
		return keeper;
	error_errno(err, "a thread");
	release(keeper);
	return NULL;
}

int keeper_add(struct keeper *keeper, struct keeping *upload)
{
	int rc = -1;

	pthread_mutex_lock(&keeper->lock);
	if (keeper->count < keeper->settings.max_waiting) {
		upload->next = NULL;
		*keeper->last = upload;
		keeper->last = &upload->next;
		keeper->count++;
		pthread_cond_signal(&keeper->more);
		rc = 0;
	}
	pthread_mutex_unlock(&keeper->lock);
	return rc;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->lock);
	keeper->ending = true;
	pthread_cond_signal(&keeper->more);
	pthread_mutex_unlock(&keeper->lock);
	pthread_join(keeper->thread, NULL);
	release(keeper);
}
