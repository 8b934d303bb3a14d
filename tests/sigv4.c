/* sigv4: sign requests that come as JSON lines, and say how, so that vectors of anybody's can be
 * run through lib/net/sigv4.c. A line has method, path and query as they are sent, headers (a list
 * of [name, value]), body, region, service, timestamp, keys (access_key_id, secret_access_key, and
 * maybe session_token), normalize and sign_body; with expires, a number of seconds, the query is
 * signed, else the headers. With omit_session_token the token is not signed. The answer has the
 * canonical_request, the string_to_sign and the signature; and where the line has sent_query, the
 * query that another signer made, as refusal the code with which lib/net/presigned.c refuses it, ""
 * if it doesn't. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "net/digest.h"
#include "net/presigned.h"
#include "net/sigv4.h"

/* The few headers that a request has by itself, and that signing adds. */
enum { ADDED = 1 };

static struct json_object *member(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, name, &value);
	return value;
}

static bool is(struct json_object *line, const char *name)
{
	return json_object_get_boolean(member(line, name));
}

static const char *string(struct json_object *line, const char *name)
{
	const char *text = json_string(line, name);

	return text ? text : "";
}

/* The body's digest, or what stands for it where S3 doesn't ask for one. */
static void digest_body(struct json_object *line, bool by_query, char payload[DIGEST_HEX])
{
	struct json_object *body = member(line, "body");
	unsigned char digest[DIGEST_BYTES];

	digest_of(json_object_get_string(body) ? json_object_get_string(body) : "",
		(size_t)json_object_get_string_len(body), digest);
	digest_hex(digest, payload);
	if (strcmp(string(line, "service"), "s3") == 0 && (by_query || !is(line, "sign_body")))
		strcpy(payload, SIGV4_UNSIGNED_PAYLOAD);
}

/* Take the line's headers, and room for one more. Free with free(). */
static struct header *take_headers(struct json_object *line, size_t *count)
{
	struct json_object *list = member(line, "headers");
	struct header *headers;

	*count = list ? json_object_array_length(list) : 0;
	headers = memory_new(*count + ADDED, sizeof(*headers));
	for (size_t i = 0; i < *count; i++) {
		struct json_object *pair = json_object_array_get_idx(list, i);

		headers[i].name = json_object_get_string(json_object_array_get_idx(pair, 0));
		headers[i].value = json_object_get_string(json_object_array_get_idx(pair, 1));
	}
	return headers;
}

/* Return how the request is refused with the query of another signer, NULL if the line has none. */
static const char *check(struct json_object *line, const struct sigv4_request *request,
	const struct sigv4_keys *keys, int64_t time)
{
	const struct presigned_request sent = {.method = request->method,
		.path = *request->path ? request->path : "/",
		.query = json_string(line, "sent_query"),
		.headers = request->headers,
		.header_count = request->header_count};
	enum presigned_fault fault;

	if (!sent.query)
		return NULL;
	fault = presigned_check(&sent, keys, string(line, "region"), string(line, "service"), time);
	return fault ? presigned_refusal(fault)->code : "";
}

static void answer(
	struct json_object *line, const struct sigv4_signature *signature, const char *refusal)
{
	struct buffer json = {0};

	buffer_byte(&json, '{');
	compose_string(&json, "name", json_string(line, "name"));
	compose_string(&json, "canonical_request", signature->canonical_request.bytes);
	compose_string(&json, "string_to_sign", signature->string_to_sign.bytes);
	compose_string(&json, "signature", signature->hex);
	compose_string(&json, "refusal", refusal);
	buffer_byte(&json, '}');
	puts(json.bytes);
	buffer_release(&json);
}

static int sign(struct json_object *line)
{
	struct json_object *keys_of = member(line, "keys");
	struct sigv4_keys keys = {.access_key_id = string(keys_of, "access_key_id"),
		.secret_access_key = string(keys_of, "secret_access_key"),
		.session_token = json_string(keys_of, "session_token")};
	bool by_query = member(line, "expires");
	bool is_s3 = strcmp(string(line, "service"), "s3") == 0;
	struct sigv4_signature signature = {0};
	struct sigv4_key key;
	char payload[DIGEST_HEX];
	int64_t time;
	size_t count;
	struct header *headers = take_headers(line, &count);
	struct sigv4_request request = {.method = string(line, "method"),
		.path = string(line, "path"),
		.query = json_string(line, "query"),
		.headers = headers,
		.payload = payload,
		.form = is_s3			? SIGV4_AS_SENT
			: is(line, "normalize") ? SIGV4_NORMALIZED
						: SIGV4_ENCODED};

	if (clock_parse(string(line, "timestamp"), &time))
		return -1;
	if (is(line, "omit_session_token"))
		keys.session_token = NULL;
	digest_body(line, by_query, payload);
	if (!by_query && is(line, "sign_body"))
		headers[count++] = (struct header){"x-amz-content-sha256", payload};
	request.header_count = count;
	sigv4_key_init(&key, keys.secret_access_key, time, string(line, "region"),
		string(line, "service"));
	if (by_query)
		sigv4_sign_query(&signature, &request, &keys, &key, time,
			json_object_get_int64(member(line, "expires")));
	else
		sigv4_sign_headers(&signature, &request, &keys, &key, time);
	answer(line, &signature, check(line, &request, &keys, time));
	sigv4_release(&signature);
	free(headers);
	return 0;
}

int main(void)
{
	struct error err = {0};
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	int rc = digest_open(&err);

	while (rc == 0 && (length = getline(&text, &room, stdin)) > 0) {
		struct json_object *line = json_parse(text, (size_t)length, &err);

		rc = line ? sign(line) : -1;
		if (line && rc)
			error_invalid(&err, "a timestamp like 2015-08-30T12:36:00Z");
		json_object_put(line);
	}
	free(text);
	if (rc)
		fprintf(stderr, "sigv4: %s\n", err.text);
	return rc ? 2 : 0;
}
