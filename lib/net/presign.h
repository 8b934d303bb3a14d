#ifndef NET_PRESIGN_H
#define NET_PRESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct presigner;
struct sigv4_keys;

/*
 * URLs of objects in S3 that whoever has one can use for a while:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */

/* The longest that S3 takes a URL for: seven days. */
enum { PRESIGN_MAX_SECONDS = 604800 };

/* Sign by what the environment and the shared files say of AWS. May be used from many threads. NULL
 * with `err` filled, Imgpl.Invalid, if region or keys are missing. Free with presigner_free(),
 * which takes NULL. */
struct presigner *presigner_open(struct error *err);

/* Sign by these keys, for `region`, and whatever the environment says: URLs of what stands in for
 * S3 at the URL `endpoint`, where buckets are part of the path, or of S3 itself if it is NULL. The
 * keys are copied. NULL with `err` filled, Imgpl.Invalid, if keys, region or endpoint can't be any,
 * or libcrypto is missing. */
struct presigner *presigner_with(
	const struct sigv4_keys *keys, const char *region, const char *endpoint, struct error *err);

void presigner_free(struct presigner *presigner);

/* What a URL is to allow. Borrowed. */
struct presign_wish {
	const char *method; /* "PUT" or "GET" */
	const char *bucket, *key;
	const char *endpoint; /* instead of the presigner's, as presigner_with() takes it; NULL is
				 the presigner's. One after another costs next to nothing */
	int64_t time;	      /* from when on, seconds since 1970 */
	int64_t seconds;      /* for how long, 1 to PRESIGN_MAX_SECONDS */
	const char *content_type; /* of what is put; NULL is not signed */
	int64_t bytes;		  /* of what is put; -1 is not signed */
	bool once;		  /* put only if there is no such object */
};

/* Append the URL to `url`, and set `expires_at`: before the wished-for time if the keys themselves
 * expire by then. What was wished for of the body goes into signed headers, which are to be sent as
 * they were wished for: Content-Type, Content-Length, and "If-None-Match: *" for `once`.
 * -1 with `err` filled if bucket, key or endpoint can't be one, or the keys can't be had. */
int presign(struct presigner *presigner, const struct presign_wish *wish, struct buffer *url,
	int64_t *expires_at, struct error *err);

#endif
