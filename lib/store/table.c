#include "store/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "event/sequencer.h"
#include "store/key.h"
#include "store/row.h"
#include "store/table_backend.h"

static const struct table_backend *const backends[] = {
#ifdef STORE_HAS_SQLITE
	&table_sqlite,
#endif
	&table_dynamodb,
};
enum { BACKENDS = sizeof(backends) / sizeof(backends[0]) };

/* How often a row is tried again that others change at the same time, and how long they are let go
 * first: at random up to a limit that doubles. */
enum { PUT_TRIES = 10 };
static const double first_pause = 0.01, longest_pause = 1; /* seconds */

struct table {
	const struct table_backend *backend;
	void *state;
};

static const struct table_backend *find_backend(const char *url)
{
	for (size_t i = 0; i < BACKENDS; i++) {
		size_t length = strlen(backends[i]->scheme);

		if (strncmp(url, backends[i]->scheme, length) == 0 && url[length] == ':')
			return backends[i];
	}
	return NULL;
}

static void refuse_url(const char *url, struct error *err)
{
	struct buffer forms = {0};
	char shown[KEY_TEXT];

	for (size_t i = 0; i < BACKENDS; i++)
		buffer_format(&forms, "%s%s", i ? " or " : "", backends[i]->form);
	key_show(shown, NULL, url);
	error_invalid(err, "%s: not a table, which is spelled %s", shown, forms.bytes);
	buffer_release(&forms);
}

struct table *table_open(const char *url, enum table_mode mode, struct error *err)
{
	const struct table_backend *backend = find_backend(url);
	struct table *table;
	void *state;

	if (!backend) {
		refuse_url(url, err);
		return NULL;
	}
	state = backend->open(url + strlen(backend->scheme) + 1, mode, err);
	if (!state)
		return NULL;
	table = memory_new(1, sizeof(*table));
	table->backend = backend;
	table->state = state;
	return table;
}

void table_close(struct table *table)
{
	if (!table)
		return;
	table->backend->close(table->state);
	free(table);
}

bool table_is_concurrent(const struct table *table)
{
	return table->backend->is_concurrent;
}

static bool has_expired(const struct row *row)
{
	return row->expires_at && row->expires_at <= clock_now();
}

int table_get(struct table *table, const char *key, struct row *row, struct error *err)
{
	int rc = table->backend->get(table->state, key, row, err);

	if (rc || has_expired(row))
		row_release(row);
	return rc;
}

static int get_one_by_one(struct table *table, const char *const *keys, size_t count,
	struct row *rows, struct error *err)
{
	for (size_t i = 0; i < count; i++)
		if (keys[i] && table->backend->get(table->state, keys[i], &rows[i], err))
			return -1;
	return 0;
}

int table_get_many(struct table *table, const char *const *keys, size_t count, struct row *rows,
	struct error *err)
{
	int rc = table->backend->get_many
		? table->backend->get_many(table->state, keys, count, rows, err)
		: get_one_by_one(table, keys, count, rows, err);

	for (size_t i = 0; i < count; i++)
		if (rc || has_expired(&rows[i]))
			row_release(&rows[i]);
	return rc;
}

/* Tell of the rows as long as `each` returns 0, and release all. */
static int tell_rows(struct row *rows, size_t count,
	int (*each)(const struct row *row, void *state, struct error *err), void *state,
	struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++) {
		if (rc == 0 && !has_expired(&rows[i]))
			rc = each(&rows[i], state, err);
		row_release(&rows[i]);
	}
	return rc;
}

int table_list(struct table *table, enum row_status status,
	int (*each)(const struct row *row, void *state, struct error *err), void *state,
	struct error *err)
{
	struct row rows[TABLE_MANY] = {0};
	char *after = NULL;
	int rc;

	if (!table->backend->list)
		return error_invalid(err, "%s: can't list its rows", table->backend->form);
	do {
		size_t count = 0;

		rc = table->backend->list(
			table->state, status, &after, rows, TABLE_MANY, &count, err);
		if (rc == 0)
			rc = tell_rows(rows, count, each, state, err);
	} while (rc == 0 && after);
	free(after);
	return rc;
}

size_t table_at_once(const struct table *table)
{
	return table->backend->get_many ? TABLE_MANY : 1;
}

/* Write `row` where `stored` stands, if it is to go there; `old` is what counts of `stored`. Return
 * 1 if the table changed meanwhile. */
static int put_over(struct table *table, const struct row *row, const struct row *stored,
	const struct row *old, bool *written, struct error *err)
{
	struct row next = *row;
	int rc;

	if (row_check_bucket(old, row->bucket, err))
		return -1;
	if (!row_replaces(row, old))
		return 0;
	if (!next.sequencer)
		next.sequencer = old->sequencer;
	if (!next.started_at && sequencer_compare(next.sequencer, old->sequencer) == 0)
		next.started_at = old->started_at;
	rc = table->backend->replace(table->state, &next, stored, err);
	*written = rc == 0;
	return rc;
}

int table_put(struct table *table, const struct row *row, struct row *old, bool *written,
	struct error *err)
{
	const struct row none = {0};
	double pause = first_pause;
	int rc = 1;

	*written = false;
	for (int tries = 0; rc == 1 && tries < PUT_TRIES; tries++) {
		if (tries > 0) {
			clock_sleep(pause * random_fraction());
			pause = pause * 2 < longest_pause ? pause * 2 : longest_pause;
		}
		row_release(old);
		if (table->backend->begin && table->backend->begin(table->state, err))
			return -1;
		if (table->backend->get(table->state, row->image_key, old, err))
			return -1;
		rc = put_over(table, row, old, has_expired(old) ? &none : old, written, err);
	}
	if (rc == 1) {
		char shown[KEY_TEXT];

		key_show(shown, NULL, row->image_key);
		rc = error_transient(err, "%s: others keep changing its row", shown);
	}
	if (rc || has_expired(old))
		row_release(old);
	return rc;
}

int table_commit(struct table *table, struct error *err)
{
	return table->backend->commit ? table->backend->commit(table->state, err) : 0;
}

int table_expire(struct table *table, struct error *err)
{
	return table->backend->expire ? table->backend->expire(table->state, clock_now(), err) : 0;
}

void table_versions(struct buffer *lines)
{
	for (size_t i = 0; i < BACKENDS; i++)
		backends[i]->versions(lines);
}

const char *table_file(const char *url)
{
	const struct table_backend *backend = find_backend(url);

	return backend && backend->is_file ? url + strlen(backend->scheme) + 1 : NULL;
}
