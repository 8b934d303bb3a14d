#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/percent.h"
#include "net/credentials_source.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "net/secret.h"
#include "net/settings.h"

enum { ATTEMPTS = 3, STS_HEADERS = 5 };

static const char form_type[] = "application/x-www-form-urlencoded; charset=utf-8";

/* A request to STS. */
struct call {
	const struct credentials_means *means;
	const char *region;
	struct endpoint endpoint;
	struct buffer url, form;
	struct header headers[STS_HEADERS];
	size_t header_count;
	struct sigv4_signature signature;
	const char *secret; /* a token among what is sent, or NULL */
};

static void add_header(struct call *call, const char *name, const char *value)
{
	call->headers[call->header_count++] = (struct header){name, value};
}

/* Add a field to the form, unless it has no value. */
static void add_field(struct call *call, const char *name, const char *value)
{
	if (!value)
		return;
	if (call->form.length)
		buffer_byte(&call->form, '&');
	buffer_format(&call->form, "%s=", name);
	percent_encode(&call->form, value, strlen(value), false);
}

/* Begin to ask for a role. The form has room for all that is still to come. */
static int call_begin(struct call *call, const struct credentials_means *means, const char *action,
	const struct credentials_role *role, struct error *err)
{
	const char *region = settings_region(means->settings);
	char name[40];

	call->means = means;
	call->region = region ? region : "us-east-1";
	if (endpoint_find(&call->endpoint, "sts", call->region, NULL,
		    settings_endpoint(means->settings, "STS"), err))
		return error_prefix(err, "STS");
	buffer_format(&call->url, "%s%s/", call->endpoint.origin.bytes, call->endpoint.path.bytes);
	add_header(call, "Host", call->endpoint.host.bytes);
	add_header(call, "Content-Type", form_type);
	buffer_reserve(&call->form, 4 * CREDENTIALS_MAX_ANSWER);
	snprintf(name, sizeof(name), "imgpl-%" PRId64, clock_machine());
	add_field(call, "Action", action);
	add_field(call, "Version", "2011-06-15");
	add_field(call, "RoleArn", role->arn);
	add_field(call, "RoleSessionName", role->session_name ? role->session_name : name);
	add_field(call, "DurationSeconds", role->duration_seconds);
	add_field(call, "ExternalId", role->external_id);
	return 0;
}

static void sign(struct call *call, const struct sigv4_keys *keys)
{
	const char *path = strchr(call->url.bytes + strlen("https://"), '/');
	unsigned char digest[DIGEST_BYTES];
	char payload[DIGEST_HEX];
	const struct sigv4_request request = {.method = "POST",
		.path = path,
		.headers = call->headers,
		.header_count = call->header_count,
		.payload = payload,
		.form = SIGV4_ENCODED};
	int64_t time = clock_machine();
	struct sigv4_key key;

	digest_of(call->form.bytes, call->form.length, digest);
	digest_hex(digest, payload);
	sigv4_key_init(&key, keys->secret_access_key, time, call->region, "sts");
	sigv4_sign_headers(&call->signature, &request, keys, &key, time);
	secret_clear(&key, sizeof(key));
	add_header(call, "X-Amz-Date", call->signature.time);
	call->secret = keys->session_token;
	if (keys->session_token)
		add_header(call, "X-Amz-Security-Token", keys->session_token);
	add_header(call, "Authorization", call->signature.authorization.bytes);
}

/* What stands between <NAME> and </NAME>. */
struct span {
	char *start, *end;
};

static int find_element(
	const struct buffer *xml, const char *name, struct span *span, struct error *err)
{
	char tag[40];
	char *start;

	snprintf(tag, sizeof(tag), "<%s>", name);
	start = strstr(xml->bytes, tag);
	span->start = start ? start + strlen(tag) : NULL;
	snprintf(tag, sizeof(tag), "</%s>", name);
	span->end = start ? strstr(span->start, tag) : NULL;
	if (!span->end)
		return error_internal(err, "STS: an answer without %s", name);
	return 0;
}

/* Read the four elements that matter in place: a parser would leave copies of secrets behind, and
 * keys have no character that XML would escape. */
static int read_keys(struct buffer *xml, struct credentials_keys *keys, struct error *err)
{
	static const char *const names[] = {
		"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"};
	struct span found[4];
	struct sigv4_keys parts;
	int64_t expires_at;

	for (int i = 0; i < 4; i++)
		if (find_element(xml, names[i], &found[i], err))
			return -1;
	for (int i = 0; i < 4; i++)
		*found[i].end = '\0';
	parts = (struct sigv4_keys){found[0].start, found[1].start, found[2].start};
	if (clock_parse(found[3].start, &expires_at))
		return error_internal(err, "STS: Expiration is no time");
	if (credentials_keys_set(keys, &parts, expires_at, "STS", err)) {
		err->type = ERROR_INTERNAL;
		return -1;
	}
	return 0;
}

static int call_send(struct call *call, struct credentials_keys *keys, struct error *err)
{
	const struct http_request request = {.method = "POST",
		.url = call->url.bytes,
		.headers = call->headers,
		.header_count = call->header_count,
		.body = call->form.bytes,
		.body_length = call->form.length};
	struct buffer answer = {0};
	int status = credentials_ask(call->means, &request, ATTEMPTS, &answer, err);
	int rc = -1;

	if (status == 200)
		rc = read_keys(&answer, keys, err);
	else if (status >= 0)
		credentials_refusal(status, &answer, call->secret, "STS", err);
	else
		error_prefix(err, "STS");
	secret_release(&answer);
	return rc;
}

static void call_release(struct call *call)
{
	endpoint_release(&call->endpoint);
	buffer_release(&call->url);
	secret_release(&call->form);
	sigv4_release(&call->signature);
}

int credentials_role_by_token(const struct credentials_means *means,
	const struct credentials_role *role, const char *token_file, struct credentials_keys *keys,
	struct error *err)
{
	struct buffer token = {0};
	struct call call = {0};
	int rc = -1;

	if (credentials_read_file(token_file, &token, err))
		goto out;
	if (call_begin(&call, means, "AssumeRoleWithWebIdentity", role, err))
		goto out;
	add_field(&call, "WebIdentityToken", token.bytes);
	call.secret = token.bytes;
	rc = call_send(&call, keys, err);
out:
	call_release(&call);
	secret_release(&token);
	return rc;
}

int credentials_role_by_keys(const struct credentials_means *means,
	const struct credentials_role *role, const struct sigv4_keys *by,
	struct credentials_keys *keys, struct error *err)
{
	struct call call = {0};
	int rc = -1;

	if (digest_open(err))
		return -1;
	if (call_begin(&call, means, "AssumeRole", role, err))
		goto out;
	sign(&call, by);
	rc = call_send(&call, keys, err);
out:
	call_release(&call);
	return rc;
}

int credentials_web_identity(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	const struct credentials_role role = {
		.arn = settings_variable("AWS_ROLE_ARN"),
		.session_name = settings_variable("AWS_ROLE_SESSION_NAME"),
	};
	const char *token_file = settings_variable("AWS_WEB_IDENTITY_TOKEN_FILE");

	if (!token_file)
		return CREDENTIALS_NONE;
	if (!role.arn)
		return error_invalid(
			err, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
	return credentials_role_by_token(means, &role, token_file, keys, err);
}
