#include "api/upload_signer.h"

#include "api/upload_limits.h"
#include "api/upload_url.h"
#include "api/upload_wish.h"
#include "base/clock.h"
#include "base/compose.h"
#include "base/random.h"
#include "net/presign.h"

int upload_signer_sign(const char *key, const struct upload_wish *wish, void *state,
	struct upload_grant *grant, struct error *err)
{
	const struct upload_signer *signer = state;
	const struct presign_wish put = {.method = "PUT",
		.bucket = signer->bucket,
		.key = key,
		.endpoint = signer->endpoint,
		.time = clock_now(),
		.seconds = signer->seconds,
		.content_type = wish->type->content_type,
		.bytes = wish->bytes,
		.once = signer->once};
	struct buffer url = {0}, headers = {0};

	if (presign(signer->presigner, &put, &url, &grant->expires_at, err)) {
		buffer_release(&url);
		return -1;
	}
	buffer_byte(&headers, '{');
	compose_string(&headers, "Content-Type", put.content_type);
	if (put.once)
		compose_string(&headers, "If-None-Match", "*");
	buffer_byte(&headers, '}');
	grant->url = url.bytes;
	grant->headers = headers.bytes;
	return 0;
}

int upload_signer_random(void *bytes, size_t length, void *state, struct error *err)
{
	(void)state, (void)err;
	random_fill(bytes, length);
	return 0;
}
