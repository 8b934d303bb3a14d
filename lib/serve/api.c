#include "serve/api.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "api/results.h"
#include "api/routes.h"
#include "api/upload_signer.h"
#include "api/upload_url.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "event/web.h"
#include "net/presign.h"
#include "serve/server.h"
#include "store/table.h"

static const char json_type[] = "application/json";

struct api {
	struct api_settings settings;
	int64_t opened_at; /* when all that is PROCESSING was begun anew (replay.h) */
	struct http_handler handler, health;
	pthread_mutex_t lock; /* of what follows */
	size_t body_bytes;    /* of the large bodies on their way */
	/* Tables that nobody reads from now. */
	struct table *free_tables[SERVER_THREADS];
	size_t free_count;
};

/* A request of the API. */
struct call {
	struct api *api;
	size_t reserved; /* of body_bytes */
	struct buffer body;
};

static struct table *take_table(struct api *api)
{
	struct table *table;

	pthread_mutex_lock(&api->lock);
	table = api->free_tables[--api->free_count]; /* there are as many as threads */
	pthread_mutex_unlock(&api->lock);
	return table;
}

static void return_table(struct api *api, struct table *table)
{
	pthread_mutex_lock(&api->lock);
	api->free_tables[api->free_count++] = table;
	pthread_mutex_unlock(&api->lock);
}

void api_refuse(struct exchange *exchange, int status, const char *text)
{
	struct web_reply reply = {0};
	struct http_reply answer = {.status = status, .content_type = json_type};

	web_reply_error(&reply, status, text);
	answer.body = reply.body;
	http_reply_header(&answer, "Cache-Control", "no-store");
	exchange_answer(exchange, &answer);
}

/* What URLs are signed with for one request. */
struct signing {
	const struct api *api;
	const char *endpoint;
};

/* URLs to download are signed from times so many seconds apart, so that whoever asks again gets the
 * same ones, and needs not get the pictures again. */
enum { URL_SECONDS = 300 };

static int sign_download(
	const char *bucket, const char *key, void *state, struct buffer *url, struct error *err)
{
	const struct signing *signing = state;
	const struct api_settings *settings = &signing->api->settings;
	int64_t now = clock_now();
	const struct presign_wish get = {.method = "GET",
		.bucket = bucket ? bucket : settings->bucket,
		.key = key,
		.endpoint = signing->endpoint,
		.time = now - now % URL_SECONDS,
		.seconds = settings->download_seconds + URL_SECONDS,
		.bytes = -1};
	int64_t expires_at;

	return presign(settings->presigner, &get, url, &expires_at, err);
}

/* Answer a request by the API's routes, with URLs below `endpoint`. */
static int reply_to(struct api *api, const char *endpoint, struct table *table,
	const struct web_request *request, struct web_reply *reply, struct error *err)
{
	struct api_settings *settings = &api->settings;
	struct upload_signer signer = {.presigner = settings->presigner,
		.bucket = settings->bucket,
		.endpoint = endpoint,
		.seconds = settings->upload_seconds,
		.once = true};
	struct signing signing = {.api = api, .endpoint = endpoint};
	const struct upload_source uploads = {.limits = &settings->limits,
		.random = upload_signer_random,
		.sign = upload_signer_sign,
		.state = &signer};
	const struct results_source results = {.table = table,
		.time_out_seconds = settings->time_out_seconds,
		.begun_at = api->opened_at,
		.sign = sign_download,
		.state = &signing};
	const struct routes routes = {.uploads = &uploads, .results = &results};

	return routes_reply(&routes, request, reply, err);
}

/* Send what the routes answered. */
static void send(struct exchange *exchange, struct web_reply *reply)
{
	struct http_reply answer = {.status = reply->status, .content_type = json_type};

	answer.body = reply->body;
	reply->body = (struct buffer){0};
	http_reply_header(&answer, "Cache-Control", "no-store");
	if (reply->allow)
		http_reply_header(&answer, "Allow",
			strcmp(reply->allow, "GET") == 0 ? "GET, HEAD" : reply->allow);
	exchange_answer(exchange, &answer);
}

/* HEAD is answered as GET, whose body the server leaves out. */
static const char *method_of(const struct exchange *exchange)
{
	const char *method = exchange_method(exchange);

	return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static void answer(struct api *api, struct exchange *exchange, struct buffer *body)
{
	struct web_request request = {.method = memory_copy(method_of(exchange)),
		.path = memory_copy(exchange_path(exchange)),
		.query = memory_copy(exchange_query(exchange)),
		.body = *body};
	struct web_reply reply = {0};
	struct error err = {0};
	struct buffer endpoint = {0};
	struct table *table = take_table(api);

	*body = (struct buffer){0};
	authority_url(api->settings.authority, exchange_host(exchange), &endpoint);
	if (reply_to(api, endpoint.bytes, table, &request, &reply, &err))
		api->settings.tell(err.text);
	return_table(api, table);
	send(exchange, &reply);
	buffer_release(&endpoint);
	web_request_release(&request);
	web_reply_release(&reply);
}

/* Take room for a large body. Return how much, or -1 if there is none. */
static ssize_t reserve(struct api *api, size_t bytes)
{
	bool is_free;

	if (bytes <= API_SMALL_BODY)
		return 0;
	pthread_mutex_lock(&api->lock);
	is_free = bytes <= API_MAX_BODIES - api->body_bytes;
	api->body_bytes += is_free ? bytes : 0;
	pthread_mutex_unlock(&api->lock);
	return is_free ? (ssize_t)bytes : -1;
}

/* Take room for the body, or answer why it isn't taken and return -1. */
static ssize_t admit(struct api *api, struct exchange *exchange)
{
	int64_t length = exchange_content_length(exchange);
	ssize_t reserved = -1;

	if (length < 0)
		api_refuse(exchange, 411, "a Content-Length is missing");
	else if (length > API_MAX_BODY)
		api_refuse(exchange, 413, "more than 65536 bytes");
	else if ((reserved = reserve(api, (size_t)length)) < 0)
		api_refuse(exchange, 503, "too many large requests, try again");
	return reserved;
}

static void *begin(struct exchange *exchange, void *state)
{
	struct api *api = state;
	ssize_t reserved = admit(api, exchange);
	struct call *call;

	if (reserved < 0)
		return NULL;
	call = memory_new(1, sizeof(*call));
	call->api = api;
	call->reserved = (size_t)reserved;
	if (exchange_content_length(exchange) == 0)
		answer(api, exchange, &call->body);
	return call;
}

static void take_body(struct exchange *exchange, void *own, const void *bytes, size_t length)
{
	struct call *call = own;

	(void)exchange;
	buffer_append(&call->body, bytes, length);
}

static void end(struct exchange *exchange, void *own)
{
	struct call *call = own;

	answer(call->api, exchange, &call->body);
}

static void gone(void *own)
{
	struct call *call = own;

	if (!call)
		return;
	pthread_mutex_lock(&call->api->lock);
	call->api->body_bytes -= call->reserved;
	pthread_mutex_unlock(&call->api->lock);
	buffer_release(&call->body);
	free(call);
}

static void *begin_health(struct exchange *exchange, void *state)
{
	struct http_reply reply = {.status = 200, .content_type = json_type};

	(void)state;
	if (strcmp(method_of(exchange), "GET") != 0) {
		reply.status = 405;
		http_reply_header(&reply, "Allow", "GET, HEAD");
		buffer_text(&reply.body, "{\"error\":\"no such method here\"}");
	} else {
		buffer_text(&reply.body, "{\"status\":\"ok\"}");
	}
	http_reply_header(&reply, "Cache-Control", "no-store");
	exchange_answer(exchange, &reply);
	return NULL;
}

struct api *api_open(const struct api_settings *settings, struct error *err)
{
	struct api *api = memory_new(1, sizeof(*api));

	api->settings = *settings;
	api->opened_at = clock_now();
	api->handler = (struct http_handler){begin, take_body, end, gone, api};
	api->health = (struct http_handler){.begin = begin_health};
	pthread_mutex_init(&api->lock, NULL);
	while (api->free_count < SERVER_THREADS) {
		struct table *table = table_open(settings->table, TABLE_READ, err);

		if (!table) {
			api_free(api);
			return NULL;
		}
		api->free_tables[api->free_count++] = table;
	}
	return api;
}

void api_free(struct api *api)
{
	if (!api)
		return;
	while (api->free_count > 0)
		table_close(api->free_tables[--api->free_count]);
	pthread_mutex_destroy(&api->lock);
	free(api);
}

const struct http_handler *api_handler(const struct api *api, const char *path)
{
	static const char *const paths[] = {"/upload-url", "/results", "/limits"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(path, paths[i]) == 0)
			return &api->handler;
	return strcmp(path, "/healthz") == 0 ? &api->health : NULL;
}
