#include "net/presigned.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/percent.h"
#include "net/presign.h"
#include "net/secret.h"
#include "net/sigv4.h"

#define DIGITS "0123456789"

/* The parameters that say how the request was signed. */
enum parameter {
	ALGORITHM,
	CREDENTIAL,
	DATE,
	EXPIRES,
	SIGNED_HEADERS,
	SIGNATURE,
	TOKEN,
	PARAMETERS
};

static const char *const names[] = {
	[ALGORITHM] = "X-Amz-Algorithm",
	[CREDENTIAL] = "X-Amz-Credential",
	[DATE] = "X-Amz-Date",
	[EXPIRES] = "X-Amz-Expires",
	[SIGNED_HEADERS] = "X-Amz-SignedHeaders",
	[SIGNATURE] = "X-Amz-Signature",
	[TOKEN] = "X-Amz-Security-Token",
};

/* What the query says, decoded. */
struct parameters {
	struct buffer values[PARAMETERS];
	size_t count[PARAMETERS]; /* how often it is there */
	int64_t date, expires;	  /* seconds */
};

static void release(struct parameters *parameters)
{
	for (int i = 0; i < PARAMETERS; i++)
		buffer_release(&parameters->values[i]);
}

static bool is(const struct buffer *buffer, const char *text)
{
	return buffer->length == strlen(text) && memcmp(buffer->bytes, text, buffer->length) == 0;
}

/* Take one parameter, "name=value" of `length` bytes, if it is one of ours. */
static void take_parameter(struct parameters *parameters, const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length);
	size_t name_length = equals ? (size_t)(equals - text) : length;
	struct buffer name = {0};

	percent_decode(&name, text, name_length);
	for (int i = 0; i < PARAMETERS; i++) {
		struct buffer *value = &parameters->values[i];

		if (!is(&name, names[i]))
			continue;
		if (parameters->count[i]++ == 0)
			buffer_text(value, "");
		if (equals)
			percent_decode(value, equals + 1, length - name_length - 1);
	}
	buffer_release(&name);
}

static void take_parameters(struct parameters *parameters, const char *query)
{
	while (*query) {
		size_t length = strcspn(query, "&");

		take_parameter(parameters, query, length);
		query += length + (query[length] == '&');
	}
}

/* Return whether each is there once, but for the token, which need not be, and is text. */
static bool has_all(const struct parameters *parameters)
{
	for (int i = 0; i < PARAMETERS; i++) {
		const struct buffer *value = &parameters->values[i];

		if (parameters->count[i] != 1 && (i != TOKEN || parameters->count[i] != 0))
			return false;
		if (value->length && memchr(value->bytes, '\0', value->length))
			return false;
	}
	return true;
}

/* Read "20130524T000000Z". */
static bool read_date(const struct buffer *text, int64_t *date)
{
	struct buffer full = {0};
	bool good = text->length == SIGV4_TIME - 1;

	for (size_t i = 0; good && i < text->length; i++) {
		if (i == 4 || i == 6)
			buffer_byte(&full, '-');
		else if (i == 11 || i == 13)
			buffer_byte(&full, ':');
		buffer_byte(&full, text->bytes[i]);
	}
	good = good && clock_parse(full.bytes, date) == 0;
	buffer_release(&full);
	return good;
}

static bool read_expires(const struct buffer *text, int64_t *seconds)
{
	if (text->length < 1 || text->length > 6 || strspn(text->bytes, DIGITS) != text->length)
		return false;
	*seconds = strtol(text->bytes, NULL, 10);
	return *seconds >= 1 && *seconds <= PRESIGN_MAX_SECONDS;
}

/* Return whether `list`, "content-type;host", has `name`, in upper case or lower: is_signed() sees
 * that it is lower. */
static bool lists(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (*list) {
		size_t item = strcspn(list, ";");

		if (item == length && strncasecmp(list, name, length) == 0)
			return true;
		list += item + (list[item] == ';');
	}
	return false;
}

/* Read the query. Return false if it is none that could have been signed. */
static bool read_query(struct parameters *parameters, const char *query)
{
	const struct buffer *values = parameters->values;

	take_parameters(parameters, query);
	return has_all(parameters) && is(&values[ALGORITHM], "AWS4-HMAC-SHA256") &&
		read_date(&values[DATE], &parameters->date) &&
		read_expires(&values[EXPIRES], &parameters->expires) &&
		lists(values[SIGNED_HEADERS].bytes, "host");
}

static bool has_any(const struct parameters *parameters)
{
	for (int i = 0; i < PARAMETERS; i++)
		if (parameters->count[i])
			return true;
	return false;
}

/* Return whether the request is too large to be looked at. */
static bool is_excessive(const struct presigned_request *request, const char *query)
{
	size_t count = 1;

	if (strlen(request->path) + strlen(query) > PRESIGNED_MAX_URL ||
		request->header_count > PRESIGNED_MAX_HEADERS)
		return true;
	for (const char *at = strchr(query, '&'); at; at = strchr(at + 1, '&'))
		count++;
	return count > PRESIGNED_MAX_PARAMETERS;
}

/* Check "AKIDEXAMPLE/20130524/us-east-1/s3/aws4_request". */
static enum presigned_fault check_credential(
	const struct buffer *credential, const char *access_key_id, const char *scope)
{
	size_t scope_length = strlen(scope), length = strlen(access_key_id);
	const char *at;

	if (credential->length < scope_length + 1)
		return PRESIGNED_MALFORMED;
	at = credential->bytes + credential->length - scope_length;
	if (at[-1] != '/' || strcmp(at, scope) != 0)
		return PRESIGNED_MALFORMED;
	if ((size_t)(at - 1 - credential->bytes) != length ||
		memcmp(credential->bytes, access_key_id, length) != 0)
		return PRESIGNED_UNKNOWN_KEY;
	return PRESIGNED_GOOD;
}

static bool has_token(const struct parameters *parameters, const char *token)
{
	const struct buffer *sent = &parameters->values[TOKEN];

	if (!token)
		return parameters->count[TOKEN] == 0;
	return sent->length == strlen(token) && secret_equal(sent->bytes, token, sent->length);
}

static enum presigned_fault check_time(const struct parameters *parameters, int64_t time)
{
	if (time < parameters->date - PRESIGNED_SKEW_SECONDS)
		return PRESIGNED_EARLY;
	return time >= parameters->date + parameters->expires ? PRESIGNED_EXPIRED : PRESIGNED_GOOD;
}

/* Return the one header of that name, `length` bytes in any case; NULL if there is none, or more.
 */
static const struct header *find_header(
	const struct presigned_request *request, const char *name, size_t length)
{
	const struct header *found = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		const struct header *header = &request->headers[i];

		if (strlen(header->name) != length || strncasecmp(header->name, name, length) != 0)
			continue;
		if (found)
			return NULL;
		found = header;
	}
	return found;
}

/* Collect the headers that `list` names. Return how many, or 0 if one was not sent just once. */
static size_t collect_headers(const struct presigned_request *request, const char *list,
	struct header headers[PRESIGNED_MAX_HEADERS])
{
	size_t count = 0;

	while (*list) {
		size_t length = strcspn(list, ";");
		const struct header *header = find_header(request, list, length);

		if (!header || count == PRESIGNED_MAX_HEADERS)
			return 0;
		headers[count++] = *header;
		list += length + (list[length] == ';');
	}
	return count;
}

/* Return whether the signature is that of the request as it came. The names of headers are compared
 * too: those in another order, in upper case or there twice are none that one would sign. */
static bool is_signed(const struct presigned_request *request, const struct parameters *parameters,
	const struct sigv4_key *key)
{
	const struct buffer *list = &parameters->values[SIGNED_HEADERS];
	const struct buffer *sent = &parameters->values[SIGNATURE];
	struct header headers[PRESIGNED_MAX_HEADERS];
	struct sigv4_request again = {.method = request->method,
		.path = request->path,
		.query = request->query,
		.headers = headers,
		.header_count = collect_headers(request, list->bytes, headers),
		.payload = SIGV4_UNSIGNED_PAYLOAD};
	struct sigv4_signature signature = {0};
	bool same;

	if (!again.header_count)
		return false;
	sigv4_sign_query_again(&signature, &again, key, parameters->date);
	same = sent->length == DIGEST_HEX - 1 && is(list, signature.signed_headers.bytes) &&
		secret_equal(sent->bytes, signature.hex, DIGEST_HEX - 1);
	sigv4_release(&signature);
	return same;
}

/* Return whether a header that S3 would act upon came without being signed. */
static bool has_unsigned_header(const struct presigned_request *request, const char *list)
{
	for (size_t i = 0; i < request->header_count; i++) {
		const char *name = request->headers[i].name;

		if (strncasecmp(name, "x-amz-", 6) == 0 && !lists(list, name))
			return true;
	}
	return false;
}

/* Check what is well-formed, from what is cheap to what is not. */
static enum presigned_fault check_signed(const struct presigned_request *request,
	const struct parameters *parameters, const struct sigv4_keys *keys,
	const struct sigv4_key *key, int64_t time)
{
	const struct buffer *values = parameters->values;
	enum presigned_fault fault =
		check_credential(&values[CREDENTIAL], keys->access_key_id, key->scope);

	if (fault)
		return fault;
	if (!has_token(parameters, keys->session_token))
		return PRESIGNED_WRONG_TOKEN;
	fault = check_time(parameters, time);
	if (fault)
		return fault;
	if (has_unsigned_header(request, values[SIGNED_HEADERS].bytes))
		return PRESIGNED_UNSIGNED_HEADER;
	return is_signed(request, parameters, key) ? PRESIGNED_GOOD : PRESIGNED_MISMATCH;
}

static enum presigned_fault check_parameters(const struct presigned_request *request,
	const char *query, struct parameters *parameters, const struct sigv4_keys *keys,
	const char *region, const char *service, int64_t time)
{
	bool well_formed = read_query(parameters, query);
	enum presigned_fault fault;
	struct sigv4_key *key;

	if (!has_any(parameters))
		return PRESIGNED_NOT_SIGNED;
	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, "authorization") == 0)
			return PRESIGNED_SIGNED_TWICE;
	if (!well_formed)
		return PRESIGNED_MALFORMED;
	key = secret_new(sizeof(*key));
	sigv4_key_init(key, keys->secret_access_key, parameters->date, region, service);
	fault = check_signed(request, parameters, keys, key, time);
	secret_free(key);
	return fault;
}

enum presigned_fault presigned_check(const struct presigned_request *request,
	const struct sigv4_keys *keys, const char *region, const char *service, int64_t time)
{
	const char *query = request->query ? request->query : "";
	struct parameters parameters = {0};
	enum presigned_fault fault;

	if (is_excessive(request, query))
		return PRESIGNED_MALFORMED;
	fault = check_parameters(request, query, &parameters, keys, region, service, time);
	release(&parameters);
	return fault;
}

bool presigned_covers(const struct presigned_request *request, const char *header)
{
	struct parameters parameters = {0};
	bool covered = false;

	take_parameters(&parameters, request->query ? request->query : "");
	if (parameters.count[SIGNED_HEADERS])
		covered = lists(parameters.values[SIGNED_HEADERS].bytes, header);
	release(&parameters);
	return covered;
}

const struct presigned_refusal *presigned_refusal(enum presigned_fault fault)
{
	static const struct presigned_refusal refusals[] = {
		[PRESIGNED_NOT_SIGNED] = {403, "AccessDenied", "Access Denied"},
		[PRESIGNED_SIGNED_TWICE] = {400, "InvalidArgument",
			"A request is signed by its query or by the header Authorization"},
		[PRESIGNED_MALFORMED] = {400, "AuthorizationQueryParametersError",
			"An X-Amz parameter is missing, there twice, or out of shape"},
		[PRESIGNED_UNKNOWN_KEY] = {403, "InvalidAccessKeyId",
			"There are no keys with this access key ID"},
		[PRESIGNED_WRONG_TOKEN] = {400, "InvalidToken",
			"The security token is not that of the keys"},
		[PRESIGNED_EARLY] = {403, "AccessDenied", "Request is not valid yet"},
		[PRESIGNED_EXPIRED] = {403, "AccessDenied", "Request has expired"},
		[PRESIGNED_UNSIGNED_HEADER] = {403, "AccessDenied",
			"An x-amz header came that is not signed"},
		[PRESIGNED_MISMATCH] = {403, "SignatureDoesNotMatch",
			"The signature is not that of this request: method, path, query and signed "
			"headers are to be sent as they were signed"},
	};

	return &refusals[fault];
}
