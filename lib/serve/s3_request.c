#include "serve/s3_request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "event/form.h"
#include "serve/exchange.h"
#include "serve/s3_reply.h"

/* What may stand in a query; x-id is how some signers name the call for their logs. */
static const char *const parameters[] = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date",
	"X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token", "x-id"};
enum { PARAMETERS = sizeof(parameters) / sizeof(parameters[0]) };

static int check_signature(
	struct s3_request *request, struct exchange *exchange, const struct s3_place *place)
{
	const struct presigned_refusal *refusal;
	enum presigned_fault fault;
	size_t count = exchange_headers(exchange, request->headers, PRESIGNED_MAX_HEADERS);

	if (count > PRESIGNED_MAX_HEADERS) {
		s3_refuse(exchange, 400, "InvalidRequest", "There are too many headers.");
		return -1;
	}
	request->sent = (struct presigned_request){.method = exchange_method(exchange),
		.path = exchange_path(exchange),
		.query = exchange_query(exchange),
		.headers = request->headers,
		.header_count = count};
	fault = presigned_check(&request->sent, place->keys, place->region, "s3", clock_now());
	if (fault == PRESIGNED_GOOD)
		return 0;
	refusal = presigned_refusal(fault);
	s3_refuse(exchange, refusal->status, refusal->code, refusal->message);
	return -1;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < PARAMETERS; i++)
		if (strcmp(name, parameters[i]) == 0)
			return true;
	return false;
}

/* Refuse what would change what is asked for, though it was signed. */
static int check_parameters(struct exchange *exchange)
{
	const char *rest = exchange_query(exchange);
	struct buffer name = {0}, value = {0};
	struct error err = {0};
	bool known = true;

	while (known && form_next(&rest, &name, &value, &err) > 0)
		known = is_known(name.bytes);
	buffer_release(&name);
	buffer_release(&value);
	if (known && !err.text[0])
		return 0;
	s3_refuse(exchange, 501, "NotImplemented", "A parameter asks for what is not done here.");
	return -1;
}

/* Decode the key, once. Return NULL if it can be no key anywhere. */
static char *decode_key(const char *encoded)
{
	size_t length = strlen(encoded);
	struct buffer key = {0};
	bool good = true;

	for (size_t i = 0; i < length; i++)
		if (encoded[i] == '%' && percent_byte(encoded + i, length - i) <= 0)
			good = false;
	percent_decode(&key, encoded, length);
	if (good && key.length && utf8_valid(key.bytes, key.length))
		return key.bytes;
	buffer_release(&key);
	return NULL;
}

int s3_request_take(
	struct s3_request *request, struct exchange *exchange, const struct s3_place *place)
{
	const char *bucket = exchange_path(exchange) + 1;
	size_t length = strcspn(bucket, "/");

	if (check_signature(request, exchange, place) || check_parameters(exchange))
		return -1;
	if (length != strlen(place->bucket) || memcmp(bucket, place->bucket, length) != 0) {
		s3_refuse(exchange, 404, "NoSuchBucket", "There is no such bucket here.");
		return -1;
	}
	request->key = bucket[length] ? decode_key(bucket + length + 1) : NULL;
	if (!request->key) {
		s3_refuse(exchange, 400, "InvalidURI",
			"The key can't be read: it has to be UTF-8, escaped once.");
		return -1;
	}
	return 0;
}

void s3_request_release(struct s3_request *request)
{
	free(request->key);
	request->key = NULL;
}
