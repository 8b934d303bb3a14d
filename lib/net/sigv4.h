#ifndef NET_SIGV4_H
#define NET_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "net/digest.h"
#include "net/header.h"

/*
 * AWS Signature Version 4, as a function of request, keys and time alone:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * digest_open() comes before.
 */

/* What signs. Borrowed; `session_token` is NULL for keys that last. */
struct sigv4_keys {
	const char *access_key_id, *secret_access_key, *session_token;
};

/* The key that signs all requests of a day to a service of a region. As secret as what it was made
 * of, until the day is over. */
struct sigv4_key {
	char scope[160]; /* "20150830/us-east-1/s3/aws4_request" */
	int64_t day;	 /* since 1970 */
	struct digest_key hmac;
};

enum { SIGV4_TIME = 17, SIGV4_MAX_SCOPE = 128 };

/* Make the key for the day of `time`, in seconds since 1970. `region` and `service` together are
 * shorter than SIGV4_MAX_SCOPE. */
void sigv4_key_init(struct sigv4_key *key, const char *secret_access_key, int64_t time,
	const char *region, const char *service);

/* Return whether the key is of the day of `time`. */
bool sigv4_key_holds(const struct sigv4_key *key, int64_t time);

/* How the path of a request is signed. */
enum sigv4_path {
	SIGV4_AS_SENT,	  /* as S3 has it: encoded once */
	SIGV4_ENCODED,	  /* encoded once more than it was sent */
	SIGV4_NORMALIZED, /* without //, . and .., and encoded once more */
};

#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

/* A request before it is signed. Borrowed. */
struct sigv4_request {
	const char *method;
	const char *path;	      /* as it is sent, up to the question mark; "" is "/" */
	const char *query;	      /* as it is sent, behind the question mark; NULL is none */
	const struct header *headers; /* Host among them; all are signed */
	size_t header_count;
	const char
		*payload; /* the body's digest in hexadecimal digits, or SIGV4_UNSIGNED_PAYLOAD */
	enum sigv4_path form;
};

/* A signature, and what it was made of. Starts at zero, may be used for one request after another,
 * and is released with sigv4_release(). */
struct sigv4_signature {
	struct buffer canonical_request, string_to_sign;
	char hex[DIGEST_HEX];
	char time[SIGV4_TIME];	      /* what X-Amz-Date says */
	struct buffer signed_headers; /* "host;x-amz-date" */
	/* Of sigv4_sign_headers(): what the header Authorization says. Of sigv4_sign_query(): the
	 * query to send instead of the request's own. */
	struct buffer authorization, query;
	/* Where headers and queries are sorted. */
	struct buffer header_lines, scratch, decoded;
	struct sigv4_pair *pairs;
	size_t pair_count, pair_room;
};

/* Sign a request by its headers. X-Amz-Date and, unless the token is NULL, X-Amz-Security-Token are
 * signed besides those of the request, and are to be sent with it. */
void sigv4_sign_headers(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_keys *keys, const struct sigv4_key *key, int64_t time);

/* Sign a request by its query, to be sent from `time` until `expires_seconds` later. */
void sigv4_sign_query(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_keys *keys, const struct sigv4_key *key, int64_t time,
	int64_t expires_seconds);

/* Sign a request that came with a query of sigv4_sign_query(), or anybody's, once more: the query
 * as it was sent but for X-Amz-Signature, with `time` as its X-Amz-Date says, and the headers that
 * its X-Amz-SignedHeaders names. Whether these agree is for the caller to say, who compares `hex`
 * and `signed_headers`. */
void sigv4_sign_query_again(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_key *key, int64_t time);

void sigv4_release(struct sigv4_signature *signature);

#endif
