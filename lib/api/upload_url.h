#ifndef API_UPLOAD_URL_H
#define API_UPLOAD_URL_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct upload_limits;
struct upload_wish;
struct web_reply;
struct web_request;

/* Where to upload pictures to: POST /upload-url. */

/* What lets one picture be uploaded. The strings are its own, to be freed. */
struct upload_grant {
	char *url;
	char *headers; /* those to be sent with it: a JSON object of names and values */
	int64_t expires_at;
};

/* What grants are made from. */
struct upload_source {
	const struct upload_limits *limits;

	/* Fill `bytes` with what can't be guessed. Return -1 with `err` filled on failure. */
	int (*random)(void *bytes, size_t length, void *state, struct error *err);

	/* Fill `grant`, which is empty, for a picture of just this type and size under `key`.
	 * Return -1 with `err` filled on failure. */
	int (*sign)(const char *key, const struct upload_wish *wish, void *state,
		struct upload_grant *grant, struct error *err);
	void *state; /* of both */
};

/* Answer POST /upload-url: always fill `reply`.
 *
 * What one may wish for, and what is wrong with it (a 400), is upload_wishes_read()'s. One wish is
 * answered with {"uploadUrl","key","headers","expiresAt"}, a list with {"uploads":[...]} of these,
 * in order. The keys are new, and under the request's `sub` (upload_key_make()). Return -1 with
 * `err` filled if there is no chance to be had, or nothing signed: then the reply is a 503 if that
 * may pass, else a 500, and tells nothing of it, so that the caller has to. */
int upload_url_reply(const struct upload_source *source, const struct web_request *request,
	struct web_reply *reply, struct error *err);

#endif
