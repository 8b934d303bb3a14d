#ifndef SERVE_API_H
#define SERVE_API_H

#include <stdint.h>

#include "api/upload_limits.h"
#include "serve/authority.h"
#include "serve/exchange.h"

struct api;
struct error;
struct presigner;

/* The HTTP API (api/routes.h), and /healthz, for exchanges. */

/* A request with a longer body is refused (413). Bodies beyond API_SMALL_BODY, which no honest one
 * needs, are refused for now (503) while so many bytes of such are on their way. */
enum { API_MAX_BODY = 64 << 10, API_SMALL_BODY = 4 << 10, API_MAX_BODIES = 8 << 20 };

/* What it answers from. Borrowed for as long as the API is there. */
struct api_settings {
	const struct authority *authority;
	struct presigner *presigner;
	const char *table; /* the URL of the table (store/table.h) */
	const char *bucket;
	struct upload_limits limits;
	int64_t upload_seconds, download_seconds; /* that URLs hold, at least */
	/* What is PROCESSING for longer has failed, counted from api_open() at the earliest. */
	int64_t time_out_seconds;
	/* Tell the server's owner why a request failed by no fault of its sender. From any thread.
	 */
	void (*tell)(const char *text);
};

/* Open tables to read from, as many as there may be requests side by side. NULL with `err` filled
 * if that can't be. Free with api_free(), which takes NULL, when no exchange is left. */
struct api *api_open(const struct api_settings *settings, struct error *err);
void api_free(struct api *api);

/* Return the handler, if the API has the path, else NULL. Borrowed. */
const struct http_handler *api_handler(const struct api *api, const char *path);

/* Answer with {"error":TEXT}. */
void api_refuse(struct exchange *exchange, int status, const char *text);

#endif
