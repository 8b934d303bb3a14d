#ifndef NET_CREDENTIALS_H
#define NET_CREDENTIALS_H

#include <stdint.h>

#include "net/sigv4.h"

struct credentials;
struct credentials_held;
struct error;
struct http;
struct settings;

/*
 * Where keys come from, in the order of
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html:
 * the environment; web identity, by $AWS_ROLE_ARN and $AWS_WEB_IDENTITY_TOKEN_FILE or the
 * profile's; the profile's role_arn by source_profile or credential_source, its keys, or its
 * credential_process; the container's endpoint; the instance's (IMDSv2). Nothing of them is ever
 * written into a message, and a process that has keys leaves no core file.
 */

/* Find where keys are to be had, and get them, once. `settings` and `http` are borrowed until
 * credentials_free(). NULL with `err` filled if there are none, or what was set is wrong, both
 * Imgpl.Invalid, or they can't be had: only a service that is out of reach is an error to retry.
 * Free with credentials_free(), which takes NULL. */
struct credentials *credentials_open(
	const struct settings *settings, struct http *http, struct error *err);
void credentials_free(struct credentials *credentials);

/* The keys of a moment. Starts at zero. */
struct credentials_keys {
	struct sigv4_keys keys; /* good until they are released */
	int64_t expires_at;	/* seconds since 1970; 0 is never */
	struct credentials_held *held;
};

/* Fill `keys`, which is empty, with copies, which no core file shows. -1 with `err` filled,
 * Imgpl.Invalid, "WHO: ...", if one is missing, or has something in it that no header may have. */
int credentials_keys_set(struct credentials_keys *keys, const struct sigv4_keys *from,
	int64_t expires_at, const char *who, struct error *err);

/* Take the keys that hold now. They are got anew from five minutes before they expire, by one
 * thread, while others go on with the old ones as long as those hold. What is got anew is taken as
 * it is: whether it has expired is for the services to say, whose clock may be another. Costs next
 * to nothing, and may be called from many threads. Release with credentials_keys_release(), which
 * takes an empty one. */
int credentials_get(
	struct credentials *credentials, struct credentials_keys *keys, struct error *err);
void credentials_keys_release(struct credentials_keys *keys);

/* Get keys anew with the next credentials_get(), since a service refused `access_key_id` as
 * expired. Does nothing if others were got meanwhile. */
void credentials_refused(struct credentials *credentials, const char *access_key_id);

#endif
