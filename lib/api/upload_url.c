#include "api/upload_url.h"

#include <stdlib.h>

#include "api/upload_key.h"
#include "api/upload_wish.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/compose.h"
#include "base/error.h"
#include "event/web.h"

static void append_grant(struct buffer *json, const char *key, const struct upload_grant *grant)
{
	char expires_at[CLOCK_TEXT];

	clock_format(grant->expires_at, expires_at);
	buffer_byte(json, '{');
	compose_string(json, "uploadUrl", grant->url);
	compose_string(json, "key", key);
	compose_json(json, "headers", grant->headers);
	compose_string(json, "expiresAt", expires_at);
	buffer_byte(json, '}');
}

/* Grant one wish, and append the answer. */
static int grant_wish(const struct upload_source *source, const struct upload_wish *wish,
	const char *sub, struct buffer *json, struct error *err)
{
	unsigned char random[UPLOAD_KEY_RANDOM];
	struct upload_grant grant = {0};
	char *key = NULL;
	int rc = -1;

	if (source->random(random, sizeof(random), source->state, err))
		goto out;
	key = upload_key_make(sub, wish->type, random);
	if (source->sign(key, wish, source->state, &grant, err))
		goto out;
	append_grant(json, key, &grant);
	rc = 0;
out:
	free(key);
	free(grant.url);
	free(grant.headers);
	return rc;
}

static int grant_wishes(const struct upload_source *source, const struct upload_wishes *wishes,
	const char *sub, struct buffer *json, struct error *err)
{
	if (!wishes->several)
		return grant_wish(source, wishes->wish, sub, json, err);
	buffer_text(json, "{\"uploads\":[");
	for (size_t i = 0; i < wishes->count; i++) {
		if (i > 0)
			buffer_byte(json, ',');
		if (grant_wish(source, &wishes->wish[i], sub, json, err))
			return -1;
	}
	buffer_text(json, "]}");
	return 0;
}

int upload_url_reply(const struct upload_source *source, const struct web_request *request,
	struct web_reply *reply, struct error *err)
{
	struct upload_wishes wishes = {0};
	struct error wrong = {0};
	int rc = 0;

	reply->status = 200;
	buffer_clear(&reply->body);
	if (upload_wishes_read(&wishes, &request->body, source->limits, &wrong))
		web_reply_error(reply, 400, wrong.text);
	else if ((rc = grant_wishes(source, &wishes, request->sub, &reply->body, err)))
		web_reply_failure(reply, err);
	upload_wishes_release(&wishes);
	return rc;
}
