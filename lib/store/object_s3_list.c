#include "store/object_s3.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/percent.h"
#include "net/aws.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "net/xml.h"

enum { PAGE_BYTES = 16 << 20 };

/* An object of a page; the strings are its own. */
struct entry {
	char *key, *etag;
	const char *unusable;
	bool is_encoded; /* the key is, since it would have a NUL */
	uint64_t bytes;
	int64_t modified;
};

/* A page of a list while it is read. */
struct page {
	struct entry *entries;
	size_t count, room;
	struct entry now; /* the one whose elements come just now */
	char *next;	  /* where the next page begins, or NULL */
	bool truncated;	  /* it is not the last one */
	bool complete;	  /* the page's last element came */
};

static void entry_release(struct entry *entry)
{
	free(entry->key);
	free(entry->etag);
	*entry = (struct entry){0};
}

static void page_release(struct page *page)
{
	for (size_t i = 0; i < page->count; i++)
		entry_release(&page->entries[i]);
	entry_release(&page->now);
	free(page->entries);
	free(page->next);
	*page = (struct page){0};
}

/* Decode a key as forms are: a plus is a space. One that would have a NUL stays as it is, and can't
 * be used. */
static char *decode_key(const char *text, struct entry *entry)
{
	struct buffer spaced = {0}, key = {0};

	buffer_text(&spaced, text);
	for (char *c = spaced.bytes; *c; c++)
		if (*c == '+')
			*c = ' ';
	buffer_text(&key, "");
	percent_decode(&key, spaced.bytes, spaced.length);
	buffer_release(&spaced);
	if (!memchr(key.bytes, '\0', key.length))
		return key.bytes;
	buffer_release(&key);
	entry->unusable = "a key with a NUL in it";
	entry->is_encoded = true;
	return memory_copy(text);
}

static bool is(const char *name, const char *other)
{
	return strcmp(name, other) == 0;
}

static void add_entry(struct page *page)
{
	if (page->count == page->room) {
		page->room = page->room ? 2 * page->room : 64;
		page->entries = memory_resize(page->entries, page->room, sizeof(*page->entries));
	}
	page->entries[page->count++] = page->now;
	page->now = (struct entry){0};
}

static void take_content(struct page *page, const char *name, const char *text)
{
	struct entry *now = &page->now;

	if (is(name, "Key")) {
		free(now->key);
		now->key = decode_key(text, now);
	} else if (is(name, "ETag")) {
		free(now->etag);
		now->etag = object_s3_etag(text);
	} else if (is(name, "Size")) {
		now->bytes = strtoull(text, NULL, 10);
	} else if (is(name, "LastModified")) {
		clock_parse(text, &now->modified);
	} else if (is(name, "StorageClass")) {
		if (is(text, "GLACIER") || is(text, "DEEP_ARCHIVE"))
			now->unusable = "in an archive";
	}
}

static void take_element(const char *path, const char *text, void *state)
{
	static const char in_content[] = "ListBucketResult/Contents/";
	struct page *page = state;

	if (strncmp(path, in_content, sizeof(in_content) - 1) == 0) {
		take_content(page, path + sizeof(in_content) - 1, text);
	} else if (is(path, "ListBucketResult/Contents")) {
		add_entry(page);
	} else if (is(path, "ListBucketResult/NextContinuationToken")) {
		free(page->next);
		page->next = memory_copy(text);
	} else if (is(path, "ListBucketResult/IsTruncated")) {
		page->truncated = is(text, "true");
	} else if (is(path, "ListBucketResult")) {
		page->complete = true;
	}
}

static int accept_page(struct aws_reply *reply, void *state, struct error *err)
{
	struct page *page = state;
	const struct xml_reader reader = {.element = take_element, .state = page};

	page_release(page);
	if (!reply->body.length || xml_read(reply->body.bytes, reply->body.length, &reader, err))
		return error_transient(err, "a list that can't be read");
	if (!page->complete)
		return error_transient(err, "an answer that is no list");
	if (page->truncated && !page->next)
		return error_transient(err, "a list that does not say how it goes on");
	return 0;
}

/* Get the page that begins at `token`, the first one for NULL. */
static int get_page(const struct object_s3 *store, const char *bucket, const char *prefix,
	const char *token, struct page *page, struct error *err)
{
	struct buffer query = {0};
	struct aws_call call = {.method = "GET",
		.bucket = bucket,
		.path = "/",
		.max_body = PAGE_BYTES,
		.accept = accept_page,
		.state = page};
	struct aws_reply reply = {0};
	int rc;

	buffer_text(&query, "encoding-type=url&list-type=2&prefix=");
	percent_encode(&query, prefix, strlen(prefix), false);
	if (token) {
		buffer_text(&query, "&continuation-token=");
		percent_encode(&query, token, strlen(token), false);
	}
	call.query = query.bytes;
	rc = aws_call(store->aws, &call, &reply, err);
	aws_reply_release(&reply);
	buffer_release(&query);
	return rc;
}

/* Return whether a name behind what `prefix` spells out starts with a dot. */
static bool is_hidden(const char *key, const char *prefix)
{
	const char *slash = strrchr(prefix, '/');
	const char *name = key + (slash ? slash + 1 - prefix : 0);

	while (name && *name != '.') {
		name = strchr(name, '/');
		name = name ? name + 1 : NULL;
	}
	return name;
}

/* Return whether the key is a folder's that a console made: no picture has such. */
static bool is_folder(const struct entry *entry)
{
	size_t length = strlen(entry->key);

	return entry->bytes == 0 && length > 0 && entry->key[length - 1] == '/';
}

static int tell(const struct entry *entry,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	const struct object object = {.key = entry->key,
		.bytes = entry->bytes,
		.modified = entry->modified,
		.etag = entry->unusable ? NULL : entry->etag,
		.unusable = entry->unusable};

	return each(&object, each_state, err);
}

/* Check that an object is under `prefix` and comes after `last`, and let that be its key. */
static int check_entry(
	const struct entry *entry, const char *prefix, char **last, struct error *err)
{
	if (!entry->key || !entry->etag)
		return error_transient(err, "a list that lacks a key or an ETag");
	if (entry->is_encoded) /* and can't be compared */
		return 0;
	if (strncmp(entry->key, prefix, strlen(prefix)) != 0)
		return error_transient(err, "a list of what was not asked for");
	if (*last && strcmp(entry->key, *last) <= 0)
		return error_transient(err, "a list that goes round in circles");
	free(*last);
	*last = memory_copy(entry->key);
	return 0;
}

/* Tell of the page's objects, whose keys come after `last`; it becomes the last one's. */
static int tell_page(const struct page *page, const char *prefix, char **last,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < page->count; i++) {
		const struct entry *entry = &page->entries[i];

		if (check_entry(entry, prefix, last, err))
			return -1;
		if (!is_hidden(entry->key, prefix) && !is_folder(entry))
			rc = tell(entry, each, each_state, err);
	}
	return rc;
}

int object_s3_list(const void *state, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	const struct object_s3 *store = state;
	const struct object_name name = {.bucket = bucket ? bucket : store->bucket, .key = prefix};
	struct page page = {0};
	char *token = NULL, *last = NULL;
	int rc;

	do {
		rc = get_page(store, name.bucket, prefix, token, &page, err);
		if (rc) {
			object_prefix(err, &name);
			break;
		}
		free(token);
		token = page.next;
		page.next = NULL;
		if (token && page.count == 0)
			rc = error_transient(
				err, "%s: a page without objects, and more to come", name.bucket);
		else
			rc = tell_page(&page, prefix, &last, each, each_state, err);
	} while (rc == 0 && token);
	page_release(&page);
	free(token);
	free(last);
	return rc;
}

int object_s3_find(const void *state, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err)
{
	const struct object_s3 *store = state;
	const struct object_name name = {.bucket = bucket ? bucket : store->bucket, .key = key};
	struct buffer path = {0};
	struct aws_call call = {.method = "HEAD", .bucket = name.bucket};
	struct aws_reply reply = {0};
	struct entry entry = {0};
	const char *text;
	int rc;

	if (!*key)
		return 0;
	rc = endpoint_object_path(&path, key, err);
	call.path = path.bytes;
	if (rc == 0)
		rc = aws_call(store->aws, &call, &reply, err);
	if (rc && reply.status == 404) {
		*err = (struct error){0};
		rc = 0;
	} else if (rc) {
		object_prefix(err, &name);
	} else {
		entry.key = memory_copy(key);
		entry.etag = object_s3_etag(http_header(reply.exchange, "ETag"));
		text = http_header(reply.exchange, "Content-Length");
		entry.bytes = text ? strtoull(text, NULL, 10) : 0;
		text = http_header(reply.exchange, "Last-Modified");
		if (text)
			http_date(text, &entry.modified);
		rc = is_folder(&entry) ? 0 : tell(&entry, each, each_state, err);
	}
	entry_release(&entry);
	aws_reply_release(&reply);
	buffer_release(&path);
	return rc;
}
