#include "serve/service.h"

#include <stdbool.h>
#include <string.h>

#include "serve/api.h"
#include "serve/s3_reply.h"
#include "serve/site.h"

static bool is(const char *text, const char *other)
{
	return strcmp(text, other) == 0;
}

static bool reads(const char *method)
{
	return is(method, "GET") || is(method, "HEAD");
}

/* Add what every answer says: how it may be taken, and by whom. */
static void add_policy(const struct service *service, struct exchange *exchange, const char *origin)
{
	bool is_shared = service->authority.origin_count > 0;

	exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	exchange_add_header(exchange, "Cross-Origin-Resource-Policy",
		is_shared ? "cross-origin" : "same-origin");
	if (is_shared)
		exchange_add_header(exchange, "Vary", "Origin");
	if (origin && authority_lists_origin(&service->authority, origin)) {
		exchange_add_header(exchange, "Access-Control-Allow-Origin", origin);
		exchange_add_header(exchange, "Access-Control-Expose-Headers", "ETag");
	}
}

/* Answer a browser that asks what a page from elsewhere may send. */
static void answer_preflight(
	const struct service *service, struct exchange *exchange, const char *origin)
{
	struct http_reply reply = {.status = 204};

	if (origin && !authority_lists_origin(&service->authority, origin)) {
		api_refuse(exchange, 403, "this origin is not allowed");
		return;
	}
	if (origin) {
		http_reply_header(&reply, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT");
		http_reply_header(
			&reply, "Access-Control-Allow-Headers", "Content-Type, If-None-Match");
		http_reply_header(&reply, "Access-Control-Max-Age", "600");
	} else {
		http_reply_header(&reply, "Allow", "GET, HEAD, POST, PUT, OPTIONS");
	}
	exchange_answer(exchange, &reply);
}

static void refuse_method(struct exchange *exchange, const char *allowed)
{
	exchange_add_header(exchange, "Allow", allowed);
	api_refuse(exchange, 405, "no such method here");
}

static void answer_page(const struct service *service, struct exchange *exchange)
{
	const struct site_file *file = site_find(service->site, exchange_path(exchange));
	struct http_reply reply = {0};

	if (!file) {
		api_refuse(exchange, 404, "no such path");
	} else if (!reads(exchange_method(exchange))) {
		refuse_method(exchange, "GET, HEAD");
	} else {
		site_reply(file, exchange_header(exchange, "If-None-Match"),
			exchange_header(exchange, "Accept-Encoding"), &reply);
		exchange_answer(exchange, &reply);
	}
}

/* Return whether the path is one of the bucket's objects. */
static bool is_object(const struct service *service, const char *path)
{
	size_t length = strlen(service->bucket);

	return strncmp(path + 1, service->bucket, length) == 0 && path[1 + length] == '/';
}

static const struct http_handler *choose_object(
	const struct service *service, struct exchange *exchange)
{
	const char *method = exchange_method(exchange);

	if (is(method, "PUT"))
		return service->uploads;
	if (reads(method))
		return service->downloads;
	exchange_add_header(exchange, "Allow", "GET, HEAD, PUT");
	s3_refuse(exchange, 405, "MethodNotAllowed",
		"The specified method is not allowed against this resource.");
	return NULL;
}

/* Answer who may not ask. Return whether that was so. */
static bool refuse(const struct service *service, struct exchange *exchange, const char *origin)
{
	const char *host = exchange_host(exchange);

	if (!authority_takes_host(&service->authority, host)) {
		api_refuse(exchange, 421, "this server has another name; --public-url tells it");
		return true;
	}
	if (!reads(exchange_method(exchange)) && !is(exchange_method(exchange), "OPTIONS") &&
		!authority_takes_origin(&service->authority, host, origin)) {
		api_refuse(exchange, 403, "this origin is not allowed");
		return true;
	}
	return false;
}

const struct http_handler *service_choose(struct exchange *exchange, void *state)
{
	const struct service *service = state;
	const char *path = exchange_path(exchange), *origin = exchange_header(exchange, "Origin");
	const struct http_handler *handler;

	add_policy(service, exchange, origin);
	if (refuse(service, exchange, origin))
		return NULL;
	if (is(exchange_method(exchange), "OPTIONS")) {
		answer_preflight(service, exchange, origin);
		return NULL;
	}
	if (is_object(service, path))
		return choose_object(service, exchange);
	handler = api_handler(service->api, path);
	if (!handler)
		answer_page(service, exchange);
	return handler;
}
