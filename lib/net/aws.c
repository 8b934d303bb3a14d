#include "net/aws.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/ending.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "net/access.h"
#include "net/credentials.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "net/refusal.h"
#include "net/secret.h"
#include "net/sigv4.h"

enum {
	USUAL_BODY = 1 << 20,	/* bytes of an answer */
	REFUSAL_BODY = 1 << 16, /* bytes of one that refuses */
	LONGEST_WAIT = 30,	/* seconds, whatever a service asks for */
	NOTABLE_SKEW = 60,	/* seconds between two clocks that explain a refusal */
	REGION = 65,
	BUCKET = 256,
};

/* Pauses before further attempts, in seconds: at random up to a limit that doubles. */
static const double first_pause = 0.2, first_throttled_pause = 1, longest_pause = 20,
		    longest_sleep = 0.25;

struct aws {
	const struct aws_service *service;
	struct access access;
	pthread_mutex_t lock;
	int64_t skew; /* seconds that the service's clock is ahead of the machine's */
	/* A bucket that turned out to be in another region. */
	char moved_bucket[BUCKET], moved_region[REGION];
};

/* A call at work. */
struct attempt {
	struct aws *aws;
	const struct aws_call *call;
	struct aws_reply *reply;
	int number; /* from 1 */
	struct credentials_keys keys;
	struct refusal refusal;
	bool renewed, reset, moved; /* what was corrected once: keys, clock, region */
	double wait_seconds;	    /* that the service asked for */
};

struct aws *aws_open(const struct aws_service *service, struct error *err)
{
	return aws_open_in(service, NULL, err);
}

struct aws *aws_open_in(const struct aws_service *service, const char *region, struct error *err)
{
	struct aws *aws = memory_new(1, sizeof(*aws));

	aws->service = service;
	pthread_mutex_init(&aws->lock, NULL);
	if (access_init(&aws->access, service->name, service->variable, region, err) == 0)
		return aws;
	aws_free(aws);
	return NULL;
}

void aws_free(struct aws *aws)
{
	if (!aws)
		return;
	access_release(&aws->access);
	pthread_mutex_destroy(&aws->lock);
	free(aws);
}

const char *aws_region(const struct aws *aws)
{
	return aws->access.region;
}

void aws_reply_release(struct aws_reply *reply)
{
	http_end(reply->exchange);
	buffer_release(&reply->body);
	*reply = (struct aws_reply){0};
}

/* Copy the region to call in and return the time by the service's clock. */
static int64_t get_bearings(struct aws *aws, const char *bucket, char region[REGION])
{
	int64_t time;

	pthread_mutex_lock(&aws->lock);
	time = clock_machine() + aws->skew;
	snprintf(region, REGION, "%s",
		bucket && strcmp(bucket, aws->moved_bucket) == 0 ? aws->moved_region
								 : aws->access.region);
	pthread_mutex_unlock(&aws->lock);
	return time;
}

/* A request on its way to be signed and sent. */
struct outgoing {
	struct endpoint endpoint;
	struct buffer path, url;
	char payload[DIGEST_HEX];
	struct header headers[AWS_MAX_HEADERS + 5];
	size_t header_count;
	struct sigv4_signature signature;
};

static void add_header(struct outgoing *out, const char *name, const char *value)
{
	out->headers[out->header_count++] = (struct header){name, value};
}

static void add_headers(struct outgoing *out, const struct attempt *attempt)
{
	const struct aws_call *call = attempt->call;
	unsigned char digest[DIGEST_BYTES];

	digest_of(call->body ? call->body : "", call->body_length, digest);
	digest_hex(digest, out->payload);
	add_header(out, "Host", out->endpoint.host.bytes);
	if (attempt->aws->service->signs_payload)
		add_header(out, "X-Amz-Content-Sha256", out->payload);
	for (size_t i = 0; i < call->header_count; i++)
		add_header(out, call->headers[i].name, call->headers[i].value);
}

static void sign(
	struct outgoing *out, const struct attempt *attempt, const char *region, int64_t time)
{
	const struct aws_service *service = attempt->aws->service;
	const struct aws_call *call = attempt->call;
	const struct sigv4_keys *keys = &attempt->keys.keys;
	const struct sigv4_request request = {.method = call->method,
		.path = out->path.bytes,
		.query = call->query,
		.headers = out->headers,
		.header_count = out->header_count,
		.payload = out->payload,
		.form = service->signs_payload ? SIGV4_AS_SENT : SIGV4_ENCODED};
	struct sigv4_key key;

	sigv4_key_init(&key, keys->secret_access_key, time, region, service->name);
	sigv4_sign_headers(&out->signature, &request, keys, &key, time);
	secret_clear(&key, sizeof(key));
	add_header(out, "X-Amz-Date", out->signature.time);
	if (keys->session_token)
		add_header(out, "X-Amz-Security-Token", keys->session_token);
	add_header(out, "Authorization", out->signature.authorization.bytes);
}

/* Sign the call and send it. */
static int send_call(struct attempt *attempt, struct outgoing *out, struct error *err)
{
	struct aws *aws = attempt->aws;
	const struct aws_call *call = attempt->call;
	struct http_request request = {.method = call->method,
		.headers = out->headers,
		.body = call->body,
		.body_length = call->body_length,
		.patience_seconds = call->patience_seconds};
	int sent = 1;
	char region[REGION];
	int64_t time = get_bearings(aws, call->bucket, region);

	if (endpoint_find(&out->endpoint, aws->service->name, region, call->bucket,
		    aws->access.custom, err))
		return -1;
	buffer_format(&out->path, "%s%s", out->endpoint.path.bytes, call->path);
	buffer_format(&out->url, "%s%s", out->endpoint.origin.bytes, out->path.bytes);
	add_headers(out, attempt);
	sign(out, attempt, region, time);
	if (out->signature.query.length)
		buffer_format(&out->url, "?%s", out->signature.query.bytes);
	request.url = out->url.bytes;
	request.header_count = out->header_count;
	request.sent = &sent;
	attempt->reply->exchange = http_begin(aws->access.http, &request, err);
	attempt->number += sent - 1;
	return attempt->reply->exchange ? 0 : -1;
}

static void release(struct outgoing *out)
{
	endpoint_release(&out->endpoint);
	buffer_release(&out->path);
	buffer_release(&out->url);
	sigv4_release(&out->signature);
}

/* Read how long the service asks to wait, up to the longest; 0 if it does not say. */
static double read_wait(const struct http_exchange *exchange)
{
	const char *text = http_header(exchange, "Retry-After");
	int64_t when;
	double seconds;
	char *end;

	if (!text)
		return 0;
	seconds = strtod(text, &end);
	if (end == text || *end)
		seconds = http_date(text, &when) ? 0 : (double)(when - clock_machine());
	if (!(seconds > 0))
		return 0;
	return seconds < LONGEST_WAIT ? seconds : LONGEST_WAIT;
}

/* Return the region in which the service says that the bucket is, or NULL. */
static const char *region_of(const struct attempt *attempt)
{
	const char *region = http_header(attempt->reply->exchange, "X-Amz-Bucket-Region");

	if (!region && *attempt->refusal.region)
		region = attempt->refusal.region;
	return region && endpoint_is_region(region) ? region : NULL;
}

/* Fill `err` with what the answer says that is no good one. */
static int read_refusal(struct attempt *attempt, struct error *err)
{
	struct aws_reply *reply = attempt->reply;
	struct refusal *refusal = &attempt->refusal;
	const char *kind;

	http_read_all(reply->exchange, REFUSAL_BODY, &reply->body, &(struct error){0});
	refusal_read(refusal, reply->status, &reply->body,
		http_header(reply->exchange, "X-Amzn-Errortype"));
	refusal_hide(refusal, attempt->keys.keys.session_token);
	snprintf(reply->code, sizeof(reply->code), "%s", refusal->code);
	attempt->wait_seconds = read_wait(reply->exchange);
	kind = refusal->kind == REFUSAL_EXPIRED	  ? "the credentials have expired: "
		: refusal->kind == REFUSAL_SKEWED ? "the clock of this machine is wrong: "
						  : "";
	error_internal(err, "%s%d%s%s%s%s", kind, reply->status, *refusal->code ? " " : "",
		refusal->code, *refusal->message ? ": " : "", refusal->message);
	if (reply->status >= 300 && reply->status < 400)
		error_internal(err, "%d: a redirect%s, which is not followed", reply->status,
			region_of(attempt) ? " to another region" : "");
	err->type = refusal->type;
	return -1;
}

static int read_answer(struct attempt *attempt, struct error *err)
{
	const struct aws_call *call = attempt->call;
	struct aws_reply *reply = attempt->reply;

	reply->status = http_status(reply->exchange);
	if (reply->status < 200 || reply->status > 299)
		return read_refusal(attempt, err);
	if (!call->streams &&
		http_read_all(reply->exchange, call->max_body ? call->max_body : USUAL_BODY,
			&reply->body, err))
		return -1;
	return call->accept ? call->accept(reply, call->state, err) : 0;
}

static int try_once(struct attempt *attempt, struct error *err)
{
	struct outgoing out = {0};
	int rc;

	aws_reply_release(attempt->reply);
	attempt->refusal = (struct refusal){0};
	attempt->wait_seconds = 0;
	credentials_keys_release(&attempt->keys);
	if (credentials_get(attempt->aws->access.credentials, &attempt->keys, err))
		return -1;
	rc = send_call(attempt, &out, err);
	if (rc == 0)
		rc = read_answer(attempt, err);
	release(&out);
	return rc;
}

/* Take the service's clock for right, if it differs from ours. */
static bool correct_clock(struct attempt *attempt)
{
	struct aws *aws = attempt->aws;
	const char *date = http_header(attempt->reply->exchange, "Date");
	int64_t theirs, skew;
	bool differs;

	if (attempt->reset || !date || http_date(date, &theirs))
		return false;
	skew = theirs - clock_machine();
	pthread_mutex_lock(&aws->lock);
	differs = llabs(skew - aws->skew) > NOTABLE_SKEW;
	aws->skew = differs ? skew : aws->skew;
	pthread_mutex_unlock(&aws->lock);
	attempt->reset = true;
	return differs;
}

/* Take the region for right in which the service says that the bucket is. */
static bool correct_region(struct attempt *attempt)
{
	struct aws *aws = attempt->aws;
	const char *bucket = attempt->call->bucket;
	const char *region = region_of(attempt);
	bool differs = false;

	if (attempt->moved || !bucket || !region)
		return false;
	pthread_mutex_lock(&aws->lock);
	if (strcmp(region, aws->access.region) != 0 && strlen(bucket) < BUCKET) {
		strcpy(aws->moved_bucket, bucket);
		strcpy(aws->moved_region, region);
		differs = true;
	}
	pthread_mutex_unlock(&aws->lock);
	attempt->moved = true;
	return differs;
}

/* Get other keys, if there are any. */
static bool correct_keys(struct attempt *attempt)
{
	struct credentials *credentials = attempt->aws->access.credentials;
	struct credentials_keys keys = {0};
	bool differs;

	if (attempt->renewed)
		return false;
	attempt->renewed = true;
	credentials_refused(credentials, attempt->keys.keys.access_key_id);
	differs = credentials_get(credentials, &keys, &(struct error){0}) == 0 &&
		strcmp(keys.keys.access_key_id, attempt->keys.keys.access_key_id) != 0;
	credentials_keys_release(&keys);
	return differs;
}

/* Return whether what was refused may be taken after a correction, which was made. */
static bool correct(struct attempt *attempt)
{
	int status = attempt->reply->status;

	if (!attempt->reply->exchange)
		return false;
	if (attempt->refusal.kind == REFUSAL_SKEWED)
		return correct_clock(attempt);
	if (attempt->refusal.kind == REFUSAL_EXPIRED)
		return correct_keys(attempt);
	if (status == 301 || status == 307 || status == 400)
		return correct_region(attempt);
	return false;
}

/* Wait, and return true, or false as soon as the process is about to end: only one of its threads
 * is woken by a signal. */
static bool wait_for(double seconds)
{
	double end = clock_elapsed() + seconds, left;

	while (!ending() && (left = end - clock_elapsed()) > 0)
		clock_sleep(left < longest_sleep ? left : longest_sleep);
	return !ending();
}

/* Wait before the next attempt. Return false if there is to be none. */
static bool pause_before_next(struct attempt *attempt, const struct error *err)
{
	double limit = err->type == ERROR_THROTTLED ? first_throttled_pause : first_pause;
	int most = attempt->call->max_attempts ? attempt->call->max_attempts : AWS_MAX_ATTEMPTS;
	double seconds;

	if (!error_retry(err) || attempt->number >= most || ending())
		return false;
	for (int i = 1; i < attempt->number; i++)
		limit *= 2;
	seconds = (limit < longest_pause ? limit : longest_pause) * random_fraction();
	return wait_for(seconds > attempt->wait_seconds ? seconds : attempt->wait_seconds);
}

int aws_call(
	struct aws *aws, const struct aws_call *call, struct aws_reply *reply, struct error *err)
{
	struct attempt attempt = {.aws = aws, .call = call, .reply = reply};
	int rc = -1;

	for (;;) {
		attempt.number++;
		rc = try_once(&attempt, err);
		if (rc == 0)
			break;
		if (!correct(&attempt) && !pause_before_next(&attempt, err))
			break;
	}
	credentials_keys_release(&attempt.keys);
	return rc;
}

static int accept_json(struct aws_reply *reply, void *state, struct error *err)
{
	struct json_object **output = state;

	json_object_put(*output);
	*output =
		reply->body.length ? json_parse(reply->body.bytes, reply->body.length, err) : NULL;
	if (json_object_is_type(*output, json_type_object))
		return 0;
	json_object_put(*output);
	*output = NULL;
	return error_transient(err, "%d: an answer that is no JSON object", reply->status);
}

int aws_json(struct aws *aws, const char *operation, const struct buffer *input, size_t max_body,
	struct json_object **output, char code[AWS_CODE], struct error *err)
{
	char target[128];
	const struct header headers[] = {
		{"Content-Type", aws->service->content_type}, {"X-Amz-Target", target}};
	const struct aws_call call = {.method = "POST",
		.path = "/",
		.headers = headers,
		.header_count = 2,
		.body = input->bytes,
		.body_length = input->length,
		.max_body = max_body,
		.accept = accept_json,
		.state = output};
	struct aws_reply reply = {0};
	int rc;

	*output = NULL;
	snprintf(target, sizeof(target), "%s.%s", aws->service->target, operation);
	rc = aws_call(aws, &call, &reply, err);
	if (code)
		snprintf(code, AWS_CODE, "%s", reply.code);
	if (rc) {
		json_object_put(*output);
		*output = NULL;
		error_prefix(err, operation);
	}
	aws_reply_release(&reply);
	return rc;
}
