#include "serve/upload.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/upload_key.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/stream.h"
#include "serve/keeper.h"
#include "serve/s3_reply.h"
#include "serve/stored.h"

/* How many may upload to one key at once. A store has but a few temporary files for each, and who
 * finds none waits, which nobody may here. */
enum { SAME_KEY = 4 };

struct uploads {
	struct upload_settings settings;
	struct http_handler handler;
	pthread_mutex_t lock; /* held by whoever uses what follows */
	struct upload *first; /* of those in flight */
};

struct upload {
	struct keeping keeping; /* first: the keeper gives it back */
	struct uploads *uploads;
	struct exchange *exchange;
	char *key;
	uint64_t bytes;		      /* that will come */
	struct upload *next, **place; /* among those in flight, if it is one of them */
};

/* Headers that change what is stored, or how it is checked, where they mean anything. */
static const char *const unknown_headers[] = {"Content-Encoding", "Content-MD5", "If-Match",
	"If-Modified-Since", "If-Unmodified-Since", "Content-Range"};
enum { UNKNOWN_HEADERS = sizeof(unknown_headers) / sizeof(unknown_headers[0]) };

static int refuse(struct exchange *exchange, int status, const char *code, const char *message)
{
	s3_refuse(exchange, status, code, message);
	return -1;
}

static bool is_known(const struct header *header)
{
	if (strcasecmp(header->name, "If-None-Match") == 0)
		return strcmp(header->value, "*") == 0;
	for (size_t i = 0; i < UNKNOWN_HEADERS; i++)
		if (strcasecmp(header->name, unknown_headers[i]) == 0)
			return false;
	return strncasecmp(header->name, "x-amz-", 6) != 0;
}

static int check_headers(const struct s3_request *request, struct exchange *exchange)
{
	bool known = true;

	for (size_t i = 0; i < request->sent.header_count; i++)
		known = known && is_known(&request->headers[i]);
	if (known)
		return 0;
	return refuse(exchange, 501, "NotImplemented", "A header asks for what is not done here.");
}

/* Check that the sender told how much will come. That comes first: a length that was signed and is
 * not sent is a wrong signature, too, which would tell nobody what is wrong. */
static int check_length(struct exchange *exchange)
{
	if (exchange_content_length(exchange) >= 0 && exchange_header(exchange, "Content-Length"))
		return 0;
	return refuse(exchange, 411, "MissingContentLength",
		"An upload has to tell its length: Content-Length.");
}

/* Check what is to come: as much, and of the type, as whoever signed the URL allowed. */
static int check_body(
	const struct uploads *uploads, const struct s3_request *request, struct exchange *exchange)
{
	if (!presigned_covers(&request->sent, "content-length") ||
		!presigned_covers(&request->sent, "content-type"))
		return refuse(exchange, 403, "AccessDenied",
			"The signature has to cover Content-Type and Content-Length.");
	if ((uint64_t)exchange_content_length(exchange) > uploads->settings.max_bytes)
		return refuse(exchange, 400, "EntityTooLarge",
			"The upload is larger than any that is taken here.");
	return 0;
}

static int check_key(const char *key, struct exchange *exchange)
{
	if (strncmp(key, UPLOAD_KEY_PREFIX, strlen(UPLOAD_KEY_PREFIX)) == 0)
		return 0;
	return refuse(exchange, 403, "AccessDenied",
		"Only keys that begin with " UPLOAD_KEY_PREFIX " can be uploaded to.");
}

static int refuse_exists(struct exchange *exchange)
{
	return refuse(
		exchange, 412, "PreconditionFailed", "There is an object with this key already.");
}

static int fail(const struct upload *upload, const struct error *err)
{
	if (err->type != ERROR_INVALID && err->type != ERROR_LIMIT)
		upload->uploads->settings.tell(err->text);
	s3_fail(upload->exchange, err);
	return -1;
}

/* Count the upload among those in flight, unless there are enough of that key. */
static int enter(struct upload *upload)
{
	struct uploads *uploads = upload->uploads;
	size_t same = 0;

	pthread_mutex_lock(&uploads->lock);
	for (const struct upload *other = uploads->first; other; other = other->next)
		same += strcmp(other->key, upload->key) == 0;
	if (same < SAME_KEY) {
		upload->next = uploads->first;
		if (upload->next)
			upload->next->place = &upload->next;
		upload->place = &uploads->first;
		uploads->first = upload;
	}
	pthread_mutex_unlock(&uploads->lock);
	if (same < SAME_KEY)
		return 0;
	return refuse(
		upload->exchange, 503, "SlowDown", "Too much comes at once. Please try again.");
}

static void leave(struct upload *upload)
{
	pthread_mutex_lock(&upload->uploads->lock);
	if (upload->place)
		*upload->place = upload->next;
	if (upload->next)
		upload->next->place = upload->place;
	pthread_mutex_unlock(&upload->uploads->lock);
}

static int open_object(struct upload *upload)
{
	const struct upload_settings *settings = &upload->uploads->settings;
	const struct object_name name = {.bucket = settings->place.bucket, .key = upload->key};
	struct object_written found;
	struct error err = {0};
	int there = 0;

	if (upload->keeping.once)
		there = stored_find(settings->store, name.bucket, name.key, &found, &err);
	if (there > 0)
		return refuse_exists(upload->exchange);
	if (there < 0 ||
		object_create(settings->store, &name,
			exchange_header(upload->exchange, "Content-Type"), &upload->keeping.out,
			&err))
		return fail(upload, &err);
	return 0;
}

static void gone(void *own)
{
	struct upload *upload = own;

	if (!upload)
		return;
	stream_close(&upload->keeping.out);
	leave(upload);
	free(upload->key);
	free(upload);
}

/* Tell the sender what became of the upload. It may be gone once it is answered. */
static void done(
	struct keeping *keeping, enum kept outcome, const char *etag, const struct error *err)
{
	struct upload *upload = (struct upload *)keeping;
	struct http_reply reply = {.status = 200};
	struct buffer quoted = {0};

	switch (outcome) {
	case KEPT:
		buffer_format(&quoted, "\"%s\"", etag);
		http_reply_header(&reply, "ETag", quoted.bytes);
		exchange_answer(upload->exchange, &reply);
		break;
	case KEPT_EXISTS:
		refuse_exists(upload->exchange);
		break;
	case KEPT_FAILED:
		fail(upload, err);
		break;
	}
	buffer_release(&quoted);
}

static void *begin(struct exchange *exchange, void *state)
{
	struct uploads *uploads = state;
	struct s3_request request = {0};
	struct upload *upload = NULL;

	if (check_length(exchange) ||
		s3_request_take(&request, exchange, &uploads->settings.place) ||
		check_headers(&request, exchange) || check_key(request.key, exchange) ||
		check_body(uploads, &request, exchange))
		goto out;
	exchange_spare(exchange);
	upload = memory_new(1, sizeof(*upload));
	upload->uploads = uploads;
	upload->exchange = exchange;
	upload->key = memory_copy(request.key);
	upload->bytes = (uint64_t)exchange_content_length(exchange);
	upload->keeping.key = upload->key;
	upload->keeping.once = exchange_header(exchange, "If-None-Match");
	upload->keeping.done = done;
	if (enter(upload) == 0)
		open_object(upload);
out:
	s3_request_release(&request);
	return upload;
}

static void body(struct exchange *exchange, void *own, const void *bytes, size_t length)
{
	struct upload *upload = own;
	struct error err = {0};

	(void)exchange;
	if (stream_write(&upload->keeping.out, bytes, length, &err) == 0)
		return;
	stream_close(&upload->keeping.out);
	fail(upload, &err);
}

static void end(struct exchange *exchange, void *own)
{
	struct upload *upload = own;

	if (upload->keeping.out.written != upload->bytes)
		refuse(exchange, 400, "IncompleteBody", "Less came than Content-Length told.");
	else if (keeper_add(upload->uploads->settings.keeper, &upload->keeping))
		refuse(exchange, 503, "SlowDown", "Too much comes at once. Please try again.");
}

struct uploads *uploads_new(const struct upload_settings *settings)
{
	struct uploads *uploads = memory_new(1, sizeof(*uploads));

	uploads->settings = *settings;
	uploads->handler = (struct http_handler){
		.begin = begin, .body = body, .end = end, .gone = gone, .state = uploads};
	pthread_mutex_init(&uploads->lock, NULL);
	return uploads;
}

void uploads_free(struct uploads *uploads)
{
	if (!uploads)
		return;
	pthread_mutex_destroy(&uploads->lock);
	free(uploads);
}

const struct http_handler *uploads_handler(const struct uploads *uploads)
{
	return &uploads->handler;
}
