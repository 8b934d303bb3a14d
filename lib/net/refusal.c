#include "net/refusal.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/json.h"
#include "net/xml.h"

/* The codes that say more than the status does. */
static const struct {
	const char *code;
	enum error_type type;
	enum refusal_kind kind;
} codes[] = {
	{"BandwidthLimitExceeded", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"ExecutionLimitExceeded", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"KmsThrottlingException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"PriorRequestNotComplete", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"ProvisionedThroughputExceededException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"RequestLimitExceeded", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"RequestThrottled", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"RequestThrottledException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"SlowDown", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"ThrottledException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"Throttling", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"ThrottlingException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"TooManyRequestsException", ERROR_THROTTLED, REFUSAL_PLAIN},
	{"TransactionInProgressException", ERROR_THROTTLED, REFUSAL_PLAIN},

	{"IDPCommunicationError", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"InternalError", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"InternalFailure", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"InternalServerError", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"NoSuchUpload", ERROR_TRANSIENT, REFUSAL_PLAIN}, /* completed, maybe, unheard */
	{"OperationAborted", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"RequestTimeout", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"RequestTimeoutException", ERROR_TRANSIENT, REFUSAL_PLAIN},
	{"ServiceUnavailable", ERROR_TRANSIENT, REFUSAL_PLAIN},

	{"InvalidImageFormatException", ERROR_INVALID, REFUSAL_PLAIN},
	{"InvalidS3ObjectException", ERROR_INVALID, REFUSAL_PLAIN},
	{"KeyTooLongError", ERROR_LIMIT, REFUSAL_PLAIN},
	{"NoSuchBucket", ERROR_INVALID, REFUSAL_PLAIN},
	{"NoSuchKey", ERROR_INVALID, REFUSAL_PLAIN},
	{"NoSuchVersion", ERROR_INVALID, REFUSAL_PLAIN},
	{"EntityTooLarge", ERROR_LIMIT, REFUSAL_PLAIN},
	{"ImageTooLargeException", ERROR_LIMIT, REFUSAL_PLAIN},

	{"ExpiredToken", ERROR_INTERNAL, REFUSAL_EXPIRED},
	{"ExpiredTokenException", ERROR_INTERNAL, REFUSAL_EXPIRED},
	{"TokenRefreshRequired", ERROR_INTERNAL, REFUSAL_EXPIRED},
	{"RequestExpired", ERROR_INTERNAL, REFUSAL_SKEWED},
	{"RequestInTheFuture", ERROR_INTERNAL, REFUSAL_SKEWED},
	{"RequestTimeTooSkewed", ERROR_INTERNAL, REFUSAL_SKEWED},
};

/* Bytes by which a secret is known that is cut at the message's end. */
enum { SECRET_START = 8 };

static enum error_type type_of_status(int status)
{
	switch (status) {
	case 429:
		return ERROR_THROTTLED;
	case 404:
		return ERROR_INVALID;
	case 412: /* what is there is another than the one meant: it may be back */
	case 408:
		return ERROR_TRANSIENT;
	default:
		return status >= 500 ? ERROR_TRANSIENT : ERROR_INTERNAL;
	}
}

static void sort(struct refusal *refusal, int status)
{
	refusal->type = type_of_status(status);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(refusal->code, codes[i].code) == 0) {
			refusal->type = codes[i].type;
			refusal->kind = codes[i].kind;
		}
	/* Those who call by JSON have one code for a wrong signature and for a wrong time. */
	if (strncmp(refusal->code, "InvalidSignature", 16) == 0 &&
		(strstr(refusal->message, "expired") || strstr(refusal->message, "not yet")))
		refusal->kind = REFUSAL_SKEWED;
}

static void take_element(const char *path, const char *text, void *state)
{
	struct refusal *refusal = state;
	const char *name = strrchr(path, '/');

	/* S3 has Error, STS has ErrorResponse/Error. */
	if (!name || !strstr(path, "Error/"))
		return;
	if (strcmp(name, "/Code") == 0)
		snprintf(refusal->code, sizeof(refusal->code), "%s", text);
	else if (strcmp(name, "/Message") == 0)
		snprintf(refusal->message, sizeof(refusal->message), "%s", text);
	else if (strcmp(name, "/Region") == 0)
		snprintf(refusal->region, sizeof(refusal->region), "%s", text);
}

/* Copy a code without the namespace before and the address behind it. */
static void take_code(struct refusal *refusal, const char *code)
{
	const char *hash = strchr(code, '#');

	code = hash ? hash + 1 : code;
	snprintf(refusal->code, sizeof(refusal->code), "%.*s", (int)strcspn(code, ":"), code);
}

static void read_json(struct refusal *refusal, const struct buffer *body)
{
	struct json_object *json = json_parse(body->bytes, body->length, &(struct error){0});
	const char *code = json_string(json, "__type");
	const char *message = json_string(json, "message");

	if (!message)
		message = json_string(json, "Message");
	if (code)
		take_code(refusal, code);
	if (message)
		snprintf(refusal->message, sizeof(refusal->message), "%s", message);
	json_object_put(json);
}

void refusal_read(
	struct refusal *refusal, int status, const struct buffer *body, const char *header)
{
	const struct xml_reader reader = {.element = take_element, .state = refusal};
	const char *text = body->length ? body->bytes + strspn(body->bytes, " \t\r\n") : "";

	*refusal = (struct refusal){0};
	if (*text == '<')
		xml_read(body->bytes, body->length, &reader, &(struct error){0});
	else if (*text == '{')
		read_json(refusal, body);
	if (header && !*refusal->code)
		take_code(refusal, header);
	sort(refusal, status);
}

void refusal_hide(struct refusal *refusal, const char *secret)
{
	char start[SECRET_START + 1];
	char *found;

	snprintf(start, sizeof(start), "%s", secret ? secret : "");
	found = *start ? strstr(refusal->message, start) : NULL;
	if (found)
		*found = '\0';
}
