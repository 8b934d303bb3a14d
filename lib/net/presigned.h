#ifndef NET_PRESIGNED_H
#define NET_PRESIGNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/header.h"

struct sigv4_keys;

/*
 * Requests that came with a URL of presign(), or of anybody who has the keys, looked at as S3 does:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * All of it is a function of request, keys and time. digest_open() comes before.
 */

/* A request as it was sent. Borrowed. */
struct presigned_request {
	const char *method;
	const char *path;	      /* up to the question mark, undecoded */
	const char *query;	      /* behind it, undecoded; "" or NULL is none */
	const struct header *headers; /* all of them, as often as they were sent */
	size_t header_count;
};

enum presigned_fault {
	PRESIGNED_GOOD,
	PRESIGNED_NOT_SIGNED,	   /* the query has none of X-Amz-Algorithm and so on */
	PRESIGNED_SIGNED_TWICE,	   /* there is a header Authorization, too */
	PRESIGNED_MALFORMED,	   /* one is missing, there twice, or out of shape */
	PRESIGNED_UNKNOWN_KEY,	   /* signed with other keys */
	PRESIGNED_WRONG_TOKEN,	   /* not the session's token */
	PRESIGNED_EARLY,	   /* signed for later */
	PRESIGNED_EXPIRED,	   /* signed too long ago */
	PRESIGNED_UNSIGNED_HEADER, /* an x-amz-* header came that is not signed */
	PRESIGNED_MISMATCH,	   /* not what was signed */
};

/* A path and a query of more bytes, more parameters, or more headers are malformed. */
enum { PRESIGNED_MAX_URL = 8192, PRESIGNED_MAX_PARAMETERS = 64, PRESIGNED_MAX_HEADERS = 128 };

/* A clock may be behind the signer's by that much. */
enum { PRESIGNED_SKEW_SECONDS = 900 };

/* Check that a request is the one that `keys` signed for `service` ("s3") in `region`, and that
 * `time`, in seconds since 1970, is within its time. PRESIGNED_GOOD means that method, path, the
 * whole query and each header that presigned_covers() are as they were signed, Host among them; of
 * the body nothing is signed. A signed header that was not sent, or sent twice, is a mismatch.
 * Parameters may be escaped in whatever way means the same; the path may not. */
enum presigned_fault presigned_check(const struct presigned_request *request,
	const struct sigv4_keys *keys, const char *region, const char *service, int64_t time);

/* Return whether the request's X-Amz-SignedHeaders names `header`. It tells nothing of a request
 * that is not PRESIGNED_GOOD. */
bool presigned_covers(const struct presigned_request *request, const char *header);

/* How S3 refuses a request. */
struct presigned_refusal {
	int status; /* of HTTP */
	const char *code, *message;
};

/* Return the refusal for a fault, but for PRESIGNED_GOOD, which has none. */
const struct presigned_refusal *presigned_refusal(enum presigned_fault fault);

#endif
