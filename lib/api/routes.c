#include "api/routes.h"

#include <stdbool.h>
#include <string.h>

#include "api/results.h"
#include "api/upload_limits.h"
#include "api/upload_url.h"
#include "base/error.h"
#include "event/web.h"

static int reply_upload_url(const struct routes *routes, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	return upload_url_reply(routes->uploads, request, reply, err);
}

static int reply_limits(const struct routes *routes, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	(void)request;
	(void)err;
	upload_limits_reply(routes->uploads->limits, reply);
	return 0;
}

static int reply_results(const struct routes *routes, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	return results_reply(routes->results, request, reply, err);
}

static const struct route {
	const char *path, *method;
	bool of_uploads; /* else of results */
	int (*reply)(const struct routes *routes, const struct web_request *request,
		struct web_reply *reply, struct error *err);
} table[] = {
	{"/upload-url", "POST", true, reply_upload_url},
	{"/limits", "GET", true, reply_limits},
	{"/results", "GET", false, reply_results},
};

static bool ends_in(const char *path, const char *end)
{
	size_t length = strlen(path), end_length = strlen(end);

	return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

int routes_reply(const struct routes *routes, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct route *route = &table[i];
		bool there = route->of_uploads ? !!routes->uploads : !!routes->results;

		if (!there || !ends_in(request->path, route->path))
			continue;
		if (strcmp(request->method, route->method) == 0)
			return route->reply(routes, request, reply, err);
		web_reply_error(reply, 405, "no such method here");
		reply->allow = route->method;
		return 0;
	}
	web_reply_error(reply, 404, "no such path");
	return 0;
}
