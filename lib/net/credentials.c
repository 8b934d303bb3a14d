#include "net/credentials.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/credentials_source.h"
#include "net/secret.h"

/* How long before keys expire others are looked for, and how long to wait after an attempt before
 * the next: where the old ones do, and where nothing else is left. */
enum { EARLY_SECONDS = 300, PAUSE_SECONDS = 30, SHORT_PAUSE_SECONDS = 1 };

struct credentials {
	struct credentials_means means;
	pthread_mutex_t lock;
	pthread_cond_t fetched; /* whoever fetches is back */
	bool fetching;
	struct credentials_keys held;
	int64_t good_until;  /* by clock_machine(); 0 is forever */
	bool refused;	     /* a service took those that are held for expired */
	double attempted_at; /* by clock_elapsed() */
	bool failed;	     /* the last attempt did, with `why` */
	struct error why;
};

typedef int source(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Get keys from the first source that has them. */
static int fetch(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	static source *const sources[] = {
		credentials_environment,
		credentials_web_identity,
		credentials_profile,
		credentials_container,
		credentials_instance,
	};
	struct error why = {0};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		int rc = sources[i](means, keys, &why);

		if (rc != CREDENTIALS_NONE) {
			*err = why;
			return rc;
		}
	}
	error_invalid(err,
		"no credentials in the environment, the AWS profile, a container or an "
		"instance%s%s",
		*why.text ? ": " : "", why.text);
	return CREDENTIALS_NONE;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	credentials_keys_release(&credentials->held);
	pthread_cond_destroy(&credentials->fetched);
	pthread_mutex_destroy(&credentials->lock);
	free(credentials);
}

/* Hold other keys. Those that seem to have expired already are tried for a while: whose clock is
 * right is not known here. */
static void take(struct credentials *credentials, const struct credentials_keys *keys)
{
	int64_t now = clock_machine();

	credentials_keys_release(&credentials->held);
	credentials->held = *keys;
	credentials->good_until = keys->expires_at;
	if (keys->expires_at != 0 && keys->expires_at <= now)
		credentials->good_until = now + EARLY_SECONDS;
	credentials->refused = false;
}

struct credentials *credentials_open(
	const struct settings *settings, struct http *http, struct error *err)
{
	struct credentials *credentials = memory_new(1, sizeof(*credentials));
	struct credentials_keys keys = {0};

	credentials->means = (struct credentials_means){settings, http};
	pthread_mutex_init(&credentials->lock, NULL);
	pthread_cond_init(&credentials->fetched, NULL);
	secret_forbid_core();
	if (fetch(&credentials->means, &keys, err)) {
		credentials_free(credentials);
		return NULL;
	}
	credentials->attempted_at = clock_elapsed();
	take(credentials, &keys);
	return credentials;
}

/* Return whether the keys are good for some seconds more. */
static bool hold(const struct credentials *credentials, int64_t seconds)
{
	return !credentials->refused &&
		(credentials->good_until == 0 ||
			clock_machine() + seconds < credentials->good_until);
}

/* Return whether it is too early for another attempt. */
static bool is_too_early(const struct credentials *credentials)
{
	double pause = hold(credentials, 0) ? PAUSE_SECONDS : SHORT_PAUSE_SECONDS;

	return clock_elapsed() < credentials->attempted_at + pause;
}

/* Get other keys, while others may go on. */
static void renew(struct credentials *credentials)
{
	struct credentials_keys keys = {0};
	struct error why = {0};
	int rc;

	credentials->fetching = true;
	pthread_mutex_unlock(&credentials->lock);
	rc = fetch(&credentials->means, &keys, &why);
	if (rc == CREDENTIALS_NONE) /* there were some before */
		why.type = ERROR_TRANSIENT;
	pthread_mutex_lock(&credentials->lock);
	credentials->fetching = false;
	credentials->attempted_at = clock_elapsed();
	credentials->failed = rc != 0;
	credentials->why = why;
	if (rc == 0)
		take(credentials, &keys);
	pthread_cond_broadcast(&credentials->fetched);
}

/* See to it that the keys are the best that are to be had. */
static void look_after(struct credentials *credentials)
{
	if (hold(credentials, EARLY_SECONDS))
		return;
	if (!credentials->fetching && !is_too_early(credentials))
		renew(credentials);
	while (credentials->fetching && !hold(credentials, 0))
		pthread_cond_wait(&credentials->fetched, &credentials->lock);
}

int credentials_get(
	struct credentials *credentials, struct credentials_keys *keys, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&credentials->lock);
	look_after(credentials);
	if (credentials->failed && !hold(credentials, 0)) {
		*err = credentials->why;
		rc = -1;
	} else {
		credentials_keys_share(keys, &credentials->held);
	}
	pthread_mutex_unlock(&credentials->lock);
	return rc;
}

void credentials_refused(struct credentials *credentials, const char *access_key_id)
{
	pthread_mutex_lock(&credentials->lock);
	if (strcmp(credentials->held.keys.access_key_id, access_key_id) == 0)
		credentials->refused = true;
	pthread_mutex_unlock(&credentials->lock);
}
