#ifndef NET_AWS_H
#define NET_AWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "net/header.h"

struct aws;
struct error;
struct http_exchange;
struct json_object;

/*
 * One signed call to a service of AWS: tried again where that may help, its failures sorted into
 * the five types of error (base/error.h).
 */

/* A service, as those who call it describe it. */
struct aws_service {
	const char *name;	  /* in signatures, and in the host's name: "s3" */
	const char *variable;	  /* in $AWS_ENDPOINT_URL_...: "S3" */
	bool signs_payload;	  /* wants X-Amz-Content-Sha256 */
	const char *target;	  /* "DynamoDB_20120810", of those that are called by JSON */
	const char *content_type; /* of such calls, "application/x-amz-json-1.0" */
};

/* Open a client for `service`, which outlives it, by what the environment and the shared files say.
 * May be used from many threads. NULL with `err` filled, Imgpl.Invalid, if the region or the keys
 * are missing, or something is misspelled. Free with aws_free(), which takes NULL. */
struct aws *aws_open(const struct aws_service *service, struct error *err);
void aws_free(struct aws *aws);

/* The same for a client that calls `region`, which outlives it, and not the one that is set. */
struct aws *aws_open_in(const struct aws_service *service, const char *region, struct error *err);

/* Return the region that the client calls. Borrowed. */
const char *aws_region(const struct aws *aws);

enum { AWS_CODE = 96, AWS_MAX_ATTEMPTS = 5 };

/* What a service answered. Starts at zero; release with aws_reply_release(). */
struct aws_reply {
	int status;	     /* of HTTP; 0 if there was no answer */
	char code[AWS_CODE]; /* what the service calls its refusal, "NoSuchKey"; else "" */
	struct buffer body;
	struct http_exchange *exchange; /* its headers, and its body where that streams */
};

/* A call. Borrowed; what is not needed is 0. */
struct aws_call {
	const char *method;
	const char *bucket; /* that the request is to, of S3 */
	const char *path;   /* behind the bucket, encoded, beginning with a slash */
	const char *query;  /* encoded; NULL is none */
	const struct header *headers;
	size_t header_count; /* at most AWS_MAX_HEADERS */
	const void *body;
	size_t body_length;
	bool streams;		 /* leave the body of a good answer to http_read() */
	size_t max_body;	 /* bytes of a good answer; 0 is 1 MiB */
	double patience_seconds; /* http.h */
	int max_attempts;	 /* 0 is AWS_MAX_ATTEMPTS */
	/* Look at a good answer, of one that streams at the headers, and fail if it is none: then
	 * it is asked for again. NULL takes any. */
	int (*accept)(struct aws_reply *reply, void *state, struct error *err);
	void *state;
};

enum { AWS_MAX_HEADERS = 16 };

/* Make a call, up to AWS_MAX_ATTEMPTS times as long as it may pass, with a growing random pause in
 * between or the one that the service asks for; and once more with the clock or the region that the
 * service says is right. Return 0 if the status is 2xx, else -1 with `err` filled, "403 CODE: what
 * the service says"; then `reply` has the status and the code. */
int aws_call(
	struct aws *aws, const struct aws_call *call, struct aws_reply *reply, struct error *err);

void aws_reply_release(struct aws_reply *reply);

/* Make a call of a service that speaks JSON: `operation`, "GetItem", with `input`, JSON text. On 0
 * `output` is a JSON object, to be freed with json_object_put(). `code`, unless it's NULL, takes
 * what the service calls its refusal. */
int aws_json(struct aws *aws, const char *operation, const struct buffer *input, size_t max_body,
	struct json_object **output, char code[AWS_CODE], struct error *err);

#endif
