#ifndef SERVE_S3_REQUEST_H
#define SERVE_S3_REQUEST_H

#include <stddef.h>

#include "net/presigned.h"

struct exchange;
struct sigv4_keys;

/* Where objects are that can be asked for, and who may ask. Borrowed. */
struct s3_place {
	const char *bucket, *region;
	const struct sigv4_keys *keys;
};

/* A request for an object. Starts at zero; release with s3_request_release(). */
struct s3_request {
	char *key; /* decoded, UTF-8; whether it can be an object's is for the store to say */
	struct presigned_request sent; /* borrowed from the exchange */
	struct header headers[PRESIGNED_MAX_HEADERS];
};

/* Take the request for the object that the path names, "/BUCKET/KEY". It is let in if it is as
 * somebody signed it who has the keys, for now, and asks for nothing that isn't done here: no other
 * parameter than those of the signature is known. Otherwise answer, and return -1. */
int s3_request_take(
	struct s3_request *request, struct exchange *exchange, const struct s3_place *place);

void s3_request_release(struct s3_request *request);

#endif
