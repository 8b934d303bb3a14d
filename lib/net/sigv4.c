#include "net/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/percent.h"
#include "net/secret.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

#define SPACES " \t\n\v\f\r"

enum { DAY = 8, DAY_SECONDS = 86400 };

/* A header or a parameter: where its name and value are in the signature's scratch. */
struct sigv4_pair {
	size_t name, name_length, value, value_length;
};

/* Write `time` as signatures have it, "20150830T123600Z". */
static void write_time(int64_t time, char text[SIGV4_TIME])
{
	char full[CLOCK_TEXT];
	size_t length = 0;

	clock_format(time, full);
	for (const char *c = full; *c && length + 1 < SIGV4_TIME; c++)
		if (*c != '-' && *c != ':')
			text[length++] = *c;
	text[length] = '\0';
}

/* Make the next key of the chain that begins with the secret. */
static void derive(struct digest_key *key, const char *text, size_t length)
{
	unsigned char next[DIGEST_BYTES];

	digest_hmac(key, text, length, next);
	digest_key_init(key, next, sizeof(next));
	secret_clear(next, sizeof(next));
}

static int64_t day_of(int64_t time)
{
	return time / DAY_SECONDS - (time % DAY_SECONDS < 0);
}

void sigv4_key_init(struct sigv4_key *key, const char *secret_access_key, int64_t time,
	const char *region, const char *service)
{
	struct buffer secret = {0};
	char day[SIGV4_TIME];

	write_time(time, day);
	day[DAY] = '\0';
	key->day = day_of(time);
	snprintf(key->scope, sizeof(key->scope), "%s/%s/%s/aws4_request", day, region, service);
	buffer_reserve(&secret, strlen("AWS4") + strlen(secret_access_key));
	buffer_text(&secret, "AWS4");
	buffer_text(&secret, secret_access_key);
	digest_key_init(&key->hmac, secret.bytes, secret.length);
	secret_release(&secret);
	derive(&key->hmac, day, DAY);
	derive(&key->hmac, region, strlen(region));
	derive(&key->hmac, service, strlen(service));
	derive(&key->hmac, "aws4_request", 12);
}

bool sigv4_key_holds(const struct sigv4_key *key, int64_t time)
{
	return key->day == day_of(time);
}

/* Add a pair of which the name is written to the scratch, and the value will be. */
static struct sigv4_pair *add_pair(struct sigv4_signature *signature)
{
	if (signature->pair_count == signature->pair_room) {
		signature->pair_room = signature->pair_room ? 2 * signature->pair_room : 16;
		signature->pairs = memory_resize(
			signature->pairs, signature->pair_room, sizeof(*signature->pairs));
	}
	signature->pairs[signature->pair_count] = (struct sigv4_pair){
		.name = signature->scratch.length,
	};
	return &signature->pairs[signature->pair_count++];
}

static void end_name(struct sigv4_signature *signature, struct sigv4_pair *pair)
{
	pair->name_length = signature->scratch.length - pair->name;
	pair->value = signature->scratch.length;
}

static void end_value(struct sigv4_signature *signature, struct sigv4_pair *pair)
{
	pair->value_length = signature->scratch.length - pair->value;
}

static int compare_bytes(const char *a, size_t a_length, const char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

/* Compare by name, and then by value if `values`. */
static int compare_pairs(const struct sigv4_signature *signature, const struct sigv4_pair *a,
	const struct sigv4_pair *b, bool values)
{
	const char *text = signature->scratch.bytes;
	int order = compare_bytes(text + a->name, a->name_length, text + b->name, b->name_length);

	if (order || !values)
		return order;
	return compare_bytes(text + a->value, a->value_length, text + b->value, b->value_length);
}

/* Sort the few pairs; those that are equal keep their order. */
static void sort_pairs(struct sigv4_signature *signature, bool values)
{
	struct sigv4_pair *pairs = signature->pairs;

	for (size_t i = 1; i < signature->pair_count; i++) {
		struct sigv4_pair pair = pairs[i];
		size_t k = i;

		for (; k > 0 && compare_pairs(signature, &pairs[k - 1], &pair, values) > 0; k--)
			pairs[k] = pairs[k - 1];
		pairs[k] = pair;
	}
}

static void forget_pairs(struct sigv4_signature *signature)
{
	signature->pair_count = 0;
	buffer_clear(&signature->scratch);
}

/* Append a header's value without spaces at its ends, and with one where there are several. */
static void trim(struct buffer *out, const char *value)
{
	size_t start = out->length;

	while (*value) {
		size_t run;

		value += strspn(value, SPACES);
		run = strcspn(value, SPACES);
		if (run && out->length > start)
			buffer_byte(out, ' ');
		buffer_append(out, value, run);
		value += run;
	}
}

static void add_header(struct sigv4_signature *signature, const char *name, const char *value)
{
	struct sigv4_pair *pair = add_pair(signature);
	char *lower;

	buffer_text(&signature->scratch, name);
	end_name(signature, pair);
	lower = signature->scratch.bytes + pair->name;
	for (size_t i = 0; i < pair->name_length; i++)
		lower[i] = (char)(lower[i] >= 'A' && lower[i] <= 'Z' ? lower[i] | 0x20 : lower[i]);
	trim(&signature->scratch, value);
	end_value(signature, pair);
}

/* Write the canonical headers and their names; those that come several times in one line. */
static void write_headers(struct sigv4_signature *signature)
{
	struct buffer *lines = &signature->header_lines, *names = &signature->signed_headers;
	const char *text = signature->scratch.bytes;

	sort_pairs(signature, false);
	buffer_clear(lines);
	buffer_clear(names);
	for (size_t i = 0; i < signature->pair_count; i++) {
		const struct sigv4_pair *pair = &signature->pairs[i];
		bool again = i > 0 && compare_pairs(signature, pair - 1, pair, false) == 0;

		if (again) {
			lines->bytes[lines->length - 1] = ','; /* where the newline was */
		} else {
			if (i > 0)
				buffer_byte(names, ';');
			buffer_append(names, text + pair->name, pair->name_length);
			buffer_append(lines, text + pair->name, pair->name_length);
			buffer_byte(lines, ':');
		}
		buffer_append(lines, text + pair->value, pair->value_length);
		buffer_byte(lines, '\n');
	}
	forget_pairs(signature);
}

/* Encode the bytes of a parameter, which may be encoded already. */
static void recode(struct sigv4_signature *signature, const char *bytes, size_t length)
{
	buffer_clear(&signature->decoded);
	percent_decode(&signature->decoded, bytes, length);
	if (signature->decoded.length)
		percent_encode(&signature->scratch, signature->decoded.bytes,
			signature->decoded.length, false);
}

static void add_parameters(struct sigv4_signature *signature, const char *query)
{
	while (query && *query) {
		size_t length = strcspn(query, "&");
		size_t name_length = strcspn(query, "&=");

		if (length) {
			struct sigv4_pair *pair = add_pair(signature);

			recode(signature, query, name_length);
			end_name(signature, pair);
			if (name_length < length)
				recode(signature, query + name_length + 1,
					length - name_length - 1);
			end_value(signature, pair);
		}
		query += length + (query[length] == '&');
	}
}

/* Take out the parameters of that name, which is spelled without escapes. */
static void drop_parameters(struct sigv4_signature *signature, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < signature->pair_count; i++) {
		const struct sigv4_pair *pair = &signature->pairs[i];

		if (compare_bytes(signature->scratch.bytes + pair->name, pair->name_length, name,
			    strlen(name)) != 0)
			signature->pairs[kept++] = *pair;
	}
	signature->pair_count = kept;
}

static void add_parameter(struct sigv4_signature *signature, const char *name, const char *value)
{
	struct sigv4_pair *pair = add_pair(signature);

	buffer_text(&signature->scratch, name);
	end_name(signature, pair);
	percent_encode(&signature->scratch, value, strlen(value), false);
	end_value(signature, pair);
}

static void write_query(struct sigv4_signature *signature)
{
	struct buffer *query = &signature->query;
	const char *text = signature->scratch.bytes;

	sort_pairs(signature, true);
	buffer_clear(query);
	for (size_t i = 0; i < signature->pair_count; i++) {
		const struct sigv4_pair *pair = &signature->pairs[i];

		if (i > 0)
			buffer_byte(query, '&');
		buffer_append(query, text + pair->name, pair->name_length);
		buffer_byte(query, '=');
		buffer_append(query, text + pair->value, pair->value_length);
	}
	forget_pairs(signature);
}

/* Append the path without empty segments, "." and ".." (RFC 3986, section 5.2.4). */
static void normalize(struct buffer *out, const char *path)
{
	size_t start = out->length;

	while (*path) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 2 && path[0] == '.' && path[1] == '.') {
			while (out->length > start && out->bytes[--out->length] != '/')
				;
		} else if (length && !(length == 1 && path[0] == '.')) {
			buffer_byte(out, '/');
			buffer_append(out, path, length);
		}
		path += length;
		if (path[0] == '/' && path[strspn(path, "/")] == '\0') {
			buffer_byte(out, '/'); /* a slash at the end stays */
			break;
		}
	}
	if (out->length == start)
		buffer_byte(out, '/');
}

static void write_path(struct sigv4_signature *signature, const struct sigv4_request *request)
{
	struct buffer *out = &signature->canonical_request, *decoded = &signature->decoded;

	switch (request->form) {
	case SIGV4_AS_SENT:
		buffer_text(out, *request->path ? request->path : "/");
		break;
	case SIGV4_ENCODED:
		percent_encode(out, *request->path ? request->path : "/",
			*request->path ? strlen(request->path) : 1, true);
		break;
	case SIGV4_NORMALIZED:
		buffer_clear(decoded);
		normalize(decoded, request->path);
		percent_encode(out, decoded->bytes, decoded->length, true);
		break;
	}
}

static void append(struct buffer *out, const struct buffer *from)
{
	if (from->length)
		buffer_append(out, from->bytes, from->length);
}

/* Sign what the query and the headers were made to be. */
static void sign(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_key *key)
{
	struct buffer *canonical = &signature->canonical_request;
	struct buffer *to_sign = &signature->string_to_sign;
	unsigned char digest[DIGEST_BYTES];

	buffer_clear(canonical);
	buffer_text(canonical, request->method);
	buffer_byte(canonical, '\n');
	write_path(signature, request);
	buffer_byte(canonical, '\n');
	append(canonical, &signature->query);
	buffer_byte(canonical, '\n');
	append(canonical, &signature->header_lines);
	buffer_byte(canonical, '\n');
	append(canonical, &signature->signed_headers);
	buffer_byte(canonical, '\n');
	buffer_text(canonical, request->payload);
	digest_of(canonical->bytes, canonical->length, digest);
	digest_hex(digest, signature->hex);

	buffer_clear(to_sign);
	buffer_append(to_sign, ALGORITHM "\n", sizeof(ALGORITHM));
	buffer_text(to_sign, signature->time);
	buffer_byte(to_sign, '\n');
	buffer_text(to_sign, key->scope);
	buffer_byte(to_sign, '\n');
	buffer_append(to_sign, signature->hex, DIGEST_HEX - 1);
	digest_hmac(&key->hmac, to_sign->bytes, to_sign->length, digest);
	digest_hex(digest, signature->hex);
}

static void add_headers(struct sigv4_signature *signature, const struct sigv4_request *request)
{
	for (size_t i = 0; i < request->header_count; i++)
		add_header(signature, request->headers[i].name, request->headers[i].value);
}

void sigv4_sign_headers(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_keys *keys, const struct sigv4_key *key, int64_t time)
{
	struct buffer *authorization = &signature->authorization;

	write_time(time, signature->time);
	add_headers(signature, request);
	add_header(signature, "x-amz-date", signature->time);
	if (keys->session_token)
		add_header(signature, "x-amz-security-token", keys->session_token);
	write_headers(signature);
	add_parameters(signature, request->query);
	write_query(signature);
	sign(signature, request, key);

	buffer_clear(authorization);
	buffer_format(authorization, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		keys->access_key_id, key->scope, signature->signed_headers.bytes, signature->hex);
}

void sigv4_sign_query(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_keys *keys, const struct sigv4_key *key, int64_t time,
	int64_t expires_seconds)
{
	struct buffer *decoded = &signature->decoded;

	write_time(time, signature->time);
	add_headers(signature, request);
	write_headers(signature);
	add_parameters(signature, request->query);
	add_parameter(signature, "X-Amz-Algorithm", ALGORITHM);
	buffer_clear(decoded);
	buffer_text(decoded, keys->access_key_id);
	buffer_byte(decoded, '/');
	buffer_text(decoded, key->scope);
	add_parameter(signature, "X-Amz-Credential", decoded->bytes);
	add_parameter(signature, "X-Amz-Date", signature->time);
	buffer_clear(decoded);
	buffer_number(decoded, expires_seconds);
	add_parameter(signature, "X-Amz-Expires", decoded->bytes);
	if (keys->session_token)
		add_parameter(signature, "X-Amz-Security-Token", keys->session_token);
	add_parameter(signature, "X-Amz-SignedHeaders",
		signature->signed_headers.length ? signature->signed_headers.bytes : "");
	write_query(signature);
	sign(signature, request, key);
	buffer_text(&signature->query, "&X-Amz-Signature=");
	buffer_text(&signature->query, signature->hex);
}

void sigv4_sign_query_again(struct sigv4_signature *signature, const struct sigv4_request *request,
	const struct sigv4_key *key, int64_t time)
{
	write_time(time, signature->time);
	add_headers(signature, request);
	write_headers(signature);
	add_parameters(signature, request->query);
	drop_parameters(signature, "X-Amz-Signature");
	write_query(signature);
	sign(signature, request, key);
}

/* A session's token is among the headers, and in the query. */
void sigv4_release(struct sigv4_signature *signature)
{
	secret_release(&signature->canonical_request);
	buffer_release(&signature->string_to_sign);
	buffer_release(&signature->signed_headers);
	buffer_release(&signature->authorization);
	secret_release(&signature->query);
	secret_release(&signature->header_lines);
	secret_release(&signature->scratch);
	buffer_release(&signature->decoded);
	free(signature->pairs);
	*signature = (struct sigv4_signature){0};
}
