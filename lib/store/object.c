#include "store/object.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/stream.h"
#include "store/key.h"
#include "store/object_backend.h"

static const struct object_backend *const backends[] = {&object_file, &object_s3};
enum { BACKENDS = sizeof(backends) / sizeof(backends[0]) };

struct object_store {
	const struct object_backend *backend;
	void *state;
	char *bucket;
};

static const struct object_backend *find_backend(const char *url)
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
	error_invalid(err, "%s: not a store, which is spelled %s", shown, forms.bytes);
	buffer_release(&forms);
}

struct object_name object_name_of(const struct record *record, const char *bucket)
{
	struct json_object *source = record_member(record, "source");
	struct object_name name = {
		.bucket = record_string(record, "bucket"),
		.key = record_string(record, "key"),
		.version_id = json_string(source, "version_id"),
		.etag = json_string(source, "etag"),
	};

	if (!name.bucket)
		name.bucket = bucket;
	return name;
}

const char *object_url_bucket(const char *url)
{
	return find_backend(url) == &object_s3 ? url + strlen(object_s3.scheme) + 1 : NULL;
}

struct object_store *object_store_open(const char *url, const char *bucket, struct error *err)
{
	const struct object_backend *backend = find_backend(url);
	struct object_store *store;
	const char *place;
	void *state;

	if (!backend) {
		refuse_url(url, err);
		return NULL;
	}
	place = url + strlen(backend->scheme) + 1;
	if (!bucket && backend->place_is_bucket && *place)
		bucket = place;
	state = backend->open(place, bucket, err);
	if (!state)
		return NULL;
	store = memory_new(1, sizeof(*store));
	store->backend = backend;
	store->state = state;
	store->bucket = memory_copy(bucket);
	return store;
}

void object_store_free(struct object_store *store)
{
	if (!store)
		return;
	store->backend->free(store->state);
	free(store->bucket);
	free(store);
}

const char *object_store_bucket(const struct object_store *store)
{
	return store->bucket;
}

bool object_in_s3(
	const struct object_store *store, const struct object_name *name, struct object_name *found)
{
	if (store->backend != &object_s3)
		return false;
	*found = *name;
	if (!found->bucket)
		found->bucket = store->bucket;
	return true;
}

int object_prefix(struct error *err, const struct object_name *name)
{
	char shown[KEY_TEXT];

	key_show(shown, name->bucket, name->key);
	return error_prefix(err, shown);
}

int object_open(const struct object_store *store, const struct object_name *name,
	uint64_t max_bytes, struct stream *in, struct error *err)
{
	return store->backend->read(store->state, name, max_bytes, in, err);
}

int object_open_file(const struct object_store *store, const struct object_name *name,
	struct object_written *found, struct error *err)
{
	if (!store->backend->open_file)
		return error_invalid(err, "%s: its objects are no files", store->backend->form);
	return store->backend->open_file(store->state, name, found, err);
}

int object_create(const struct object_store *store, const struct object_name *name,
	const char *content_type, struct stream *out, struct error *err)
{
	return store->backend->write(store->state, name, content_type, out, err);
}

int object_prepare(const struct object_store *store, struct stream *out,
	struct object_written *written, struct error *err)
{
	if (!store->backend->prepare)
		return error_invalid(
			err, "%s: has no step before an object appears", store->backend->form);
	return store->backend->prepare(out->state, written, err);
}

int object_commit_new(const struct object_store *store, struct stream *out, struct error *err)
{
	if (!store->backend->commit_new)
		return error_invalid(
			err, "%s: has no step before an object appears", store->backend->form);
	return store->backend->commit_new(out->state, err);
}

int object_sweep(const struct object_store *store, const char *bucket, struct error *err)
{
	return store->backend->sweep ? store->backend->sweep(store->state, bucket, err) : 0;
}

int object_list(const struct object_store *store, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *state,
	struct error *err)
{
	return store->backend->list(store->state, bucket, prefix, each, state, err);
}

int object_find(const struct object_store *store, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *state,
	struct error *err)
{
	return store->backend->find(store->state, bucket, key, each, state, err);
}

char *object_key_of(
	const struct object_store *store, const char *bucket, const char *path, struct error *err)
{
	if (!store->backend->key_of)
		return memory_copy(path);
	return store->backend->key_of(store->state, bucket, path, err);
}
