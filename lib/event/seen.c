#include "event/seen.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "event/s3_event.h"
#include "event/sequencer.h"

enum { BYTES_EACH = 256 };

/* What was last seen of a key. Entries are chained by hash, and queued by age. */
struct entry {
	struct entry *same_hash, *younger;
	uint64_t hash;
	size_t size;
	char *bucket, *key, *version_id, *etag, *sequencer; /* inside `text`, or NULL */
	char text[];
};

struct seen {
	pthread_mutex_t lock;  /* held by whoever uses what follows */
	struct entry **chains; /* a power of two of them */
	struct entry *oldest, **youngest;
	size_t mask, count, most, bytes;
};

struct seen *seen_new(unsigned objects)
{
	struct seen *seen = memory_new(1, sizeof(*seen));
	size_t chains = 1;

	pthread_mutex_init(&seen->lock, NULL);
	while (chains < objects)
		chains *= 2;
	seen->chains = memory_new(chains, sizeof(*seen->chains));
	seen->mask = chains - 1;
	seen->most = objects;
	seen->youngest = &seen->oldest;
	return seen;
}

void seen_free(struct seen *seen)
{
	if (!seen)
		return;
	seen_clear(seen);
	pthread_mutex_destroy(&seen->lock);
	free(seen->chains);
	free(seen);
}

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; text && *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t hash_object(const struct s3_object *object)
{
	uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), object->bucket);

	return hash_text(hash_text(hash, "/"), object->key);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Copy `text` to `at`, and move that past it. */
static char *put_text(char **at, const char *text)
{
	size_t size = text_size(text);
	char *copy = size ? memcpy(*at, text, size) : NULL;

	*at += size;
	return copy;
}

static struct entry *entry_new(const struct s3_object *object, uint64_t hash)
{
	size_t size = sizeof(struct entry) + text_size(object->bucket) + text_size(object->key) +
		text_size(object->version_id) + text_size(object->etag) +
		text_size(object->sequencer);
	struct entry *entry = memory_new(1, size);
	char *at = entry->text;

	entry->hash = hash;
	entry->size = size;
	entry->bucket = put_text(&at, object->bucket);
	entry->key = put_text(&at, object->key);
	entry->version_id = put_text(&at, object->version_id);
	entry->etag = put_text(&at, object->etag);
	entry->sequencer = put_text(&at, object->sequencer);
	return entry;
}

/* Return the link that leads to the entry of bucket and key, or to the chain's end. */
static struct entry **find(struct seen *seen, const struct s3_object *object, uint64_t hash)
{
	struct entry **link = &seen->chains[hash & seen->mask];

	while (*link &&
		((*link)->hash != hash || !same_text((*link)->key, object->key) ||
			!same_text((*link)->bucket, object->bucket)))
		link = &(*link)->same_hash;
	return link;
}

/* Take the oldest entry out; it may have been taken out of its chain before, for a younger one. */
static void forget_oldest(struct seen *seen)
{
	struct entry *entry = seen->oldest;
	struct entry **link = &seen->chains[entry->hash & seen->mask];

	while (*link && *link != entry)
		link = &(*link)->same_hash;
	if (*link)
		*link = entry->same_hash;
	seen->oldest = entry->younger;
	if (!seen->oldest)
		seen->youngest = &seen->oldest;
	seen->count--;
	seen->bytes -= entry->size;
	free(entry);
}

void seen_clear(struct seen *seen)
{
	pthread_mutex_lock(&seen->lock);
	while (seen->oldest)
		forget_oldest(seen);
	pthread_mutex_unlock(&seen->lock);
}

static bool is_news(const struct entry *seen, const struct s3_object *object)
{
	if (seen->sequencer && object->sequencer)
		return sequencer_compare(object->sequencer, seen->sequencer) > 0;
	return !same_text(seen->version_id, object->version_id) ||
		!same_text(seen->etag, object->etag);
}

static bool add_locked(struct seen *seen, const struct s3_object *object)
{
	uint64_t hash = hash_object(object);
	struct entry **link, *entry;

	link = find(seen, object, hash);
	if (*link && !is_news(*link, object))
		return false;
	entry = entry_new(object, hash);
	if (*link) {
		entry->same_hash = (*link)->same_hash;
		(*link)->same_hash = NULL;
	}
	*link = entry;
	*seen->youngest = entry;
	seen->youngest = &entry->younger;
	seen->count++;
	seen->bytes += entry->size;
	while (seen->count > seen->most || seen->bytes > seen->most * BYTES_EACH)
		forget_oldest(seen);
	return true;
}

bool seen_add(struct seen *seen, const struct s3_object *object)
{
	bool is_new;

	pthread_mutex_lock(&seen->lock);
	is_new = add_locked(seen, object);
	pthread_mutex_unlock(&seen->lock);
	return is_new;
}

void seen_forget(struct seen *seen, const struct s3_object *object)
{
	struct entry **link, *entry;

	pthread_mutex_lock(&seen->lock);
	link = find(seen, object, hash_object(object));
	entry = *link;
	if (entry) {
		*link = entry->same_hash; /* the queue forgets it in its time */
		entry->same_hash = NULL;
	}
	pthread_mutex_unlock(&seen->lock);
}
