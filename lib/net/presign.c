#include "net/presign.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "net/access.h"
#include "net/credentials.h"
#include "net/endpoint.h"
#include "net/secret.h"
#include "net/sigv4.h"

enum { HEADERS = 4 };

/* What one URL has in common with the last stays; all of it is behind the lock. */
struct presigner {
	struct access access;  /* without credentials if the keys were given */
	char *region, *custom; /* what it borrows then */
	pthread_mutex_t lock;
	struct credentials_keys keys;
	struct sigv4_key *key; /* out of reach of core files, too */
	char *bucket, *place;  /* whose endpoint it is; what wishes have for it */
	struct endpoint endpoint;
	struct buffer path, length;
	struct sigv4_signature signature;
};

static struct presigner *new_presigner(void)
{
	struct presigner *presigner = memory_new(1, sizeof(*presigner));

	presigner->key = secret_new(sizeof(*presigner->key));
	pthread_mutex_init(&presigner->lock, NULL);
	return presigner;
}

struct presigner *presigner_open(struct error *err)
{
	struct presigner *presigner = new_presigner();

	if (access_init(&presigner->access, "s3", "S3", NULL, err) == 0)
		return presigner;
	presigner_free(presigner);
	return NULL;
}

struct presigner *presigner_with(
	const struct sigv4_keys *keys, const char *region, const char *endpoint, struct error *err)
{
	struct presigner *presigner = new_presigner();

	presigner->access.region = presigner->region = memory_copy(region);
	presigner->access.custom = presigner->custom = memory_copy(endpoint);
	if (digest_open(err) ||
		credentials_keys_set(&presigner->keys, keys, 0, "the keys that were given", err) ||
		endpoint_find(&presigner->endpoint, "s3", region, NULL, endpoint, err)) {
		presigner_free(presigner);
		return NULL;
	}
	return presigner;
}

void presigner_free(struct presigner *presigner)
{
	if (!presigner)
		return;
	credentials_keys_release(&presigner->keys);
	secret_free(presigner->key);
	access_release(&presigner->access);
	free(presigner->region);
	free(presigner->custom);
	endpoint_release(&presigner->endpoint);
	buffer_release(&presigner->path);
	buffer_release(&presigner->length);
	sigv4_release(&presigner->signature);
	free(presigner->bucket);
	free(presigner->place);
	pthread_mutex_destroy(&presigner->lock);
	free(presigner);
}

/* Make what signs on the wished-for day, unless it is the last day. */
static void derive_key(struct presigner *presigner, int64_t time, bool same_keys)
{
	if (!same_keys || !sigv4_key_holds(presigner->key, time))
		sigv4_key_init(presigner->key, presigner->keys.keys.secret_access_key, time,
			presigner->access.region, "s3");
}

/* Have the keys of the moment, and what of them signs on the wished-for day. */
static int get_key(struct presigner *presigner, const struct presign_wish *wish, struct error *err)
{
	struct credentials_keys keys = {0};
	bool same;

	if (!presigner->access.credentials) {
		derive_key(presigner, wish->time, *presigner->key->scope);
		return 0;
	}
	if (credentials_get(presigner->access.credentials, &keys, err))
		return -1;
	same = presigner->keys.keys.access_key_id &&
		strcmp(presigner->keys.keys.access_key_id, keys.keys.access_key_id) == 0;
	credentials_keys_release(&presigner->keys);
	presigner->keys = keys;
	derive_key(presigner, wish->time, same);
	return 0;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Find where the bucket is, unless it's where the last one was. */
static int find_bucket(
	struct presigner *presigner, const struct presign_wish *wish, struct error *err)
{
	const char *place = wish->endpoint ? wish->endpoint : presigner->access.custom;

	if (presigner->bucket && strcmp(presigner->bucket, wish->bucket) == 0 &&
		is_same(presigner->place, place))
		return 0;
	free(presigner->bucket);
	free(presigner->place);
	presigner->bucket = presigner->place = NULL;
	if (endpoint_find(
		    &presigner->endpoint, "s3", presigner->access.region, wish->bucket, place, err))
		return -1;
	presigner->bucket = memory_copy(wish->bucket);
	presigner->place = memory_copy(place);
	return 0;
}

static int spell_path(struct presigner *presigner, const char *key, struct error *err)
{
	struct buffer *path = &presigner->path;

	buffer_clear(path);
	buffer_append(path, presigner->endpoint.path.bytes, presigner->endpoint.path.length);
	return endpoint_object_path(path, key, err);
}

/* Return how many seconds the URL will hold. */
static int64_t lasting(const struct presigner *presigner, const struct presign_wish *wish)
{
	int64_t left = presigner->keys.expires_at - wish->time;

	return presigner->keys.expires_at && left < wish->seconds ? left : wish->seconds;
}

static int sign(struct presigner *presigner, const struct presign_wish *wish, int64_t seconds,
	struct buffer *url)
{
	struct header headers[HEADERS];
	struct sigv4_request request = {.method = wish->method,
		.path = presigner->path.bytes,
		.headers = headers,
		.payload = SIGV4_UNSIGNED_PAYLOAD};

	if (wish->bytes >= 0) {
		buffer_clear(&presigner->length);
		buffer_number(&presigner->length, wish->bytes);
		headers[request.header_count++] =
			(struct header){"content-length", presigner->length.bytes};
	}
	if (wish->content_type)
		headers[request.header_count++] =
			(struct header){"content-type", wish->content_type};
	headers[request.header_count++] = (struct header){"host", presigner->endpoint.host.bytes};
	if (wish->once)
		headers[request.header_count++] = (struct header){"if-none-match", "*"};
	sigv4_sign_query(&presigner->signature, &request, &presigner->keys.keys, presigner->key,
		wish->time, seconds);
	buffer_reserve(url,
		presigner->endpoint.origin.length + presigner->path.length + 1 +
			presigner->signature.query.length);
	buffer_append(url, presigner->endpoint.origin.bytes, presigner->endpoint.origin.length);
	buffer_append(url, presigner->path.bytes, presigner->path.length);
	buffer_byte(url, '?');
	buffer_append(url, presigner->signature.query.bytes, presigner->signature.query.length);
	return 0;
}

static int presign_locked(struct presigner *presigner, const struct presign_wish *wish,
	struct buffer *url, int64_t *expires_at, struct error *err)
{
	int64_t seconds;

	if (get_key(presigner, wish, err) || find_bucket(presigner, wish, err) ||
		spell_path(presigner, wish->key, err))
		return -1;
	seconds = lasting(presigner, wish);
	if (seconds < 1)
		return error_internal(err, "the credentials expire before the URL could be used");
	*expires_at = wish->time + seconds;
	return sign(presigner, wish, seconds, url);
}

int presign(struct presigner *presigner, const struct presign_wish *wish, struct buffer *url,
	int64_t *expires_at, struct error *err)
{
	int rc;

	pthread_mutex_lock(&presigner->lock);
	rc = presign_locked(presigner, wish, url, expires_at, err);
	pthread_mutex_unlock(&presigner->lock);
	return rc;
}
