#include "lambda/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compose.h"
#include "base/error.h"
#include "base/memory.h"

static const char root[] = "/2018-06-01/runtime";

/* What is read of an answer to an answer; nobody looks at it. */
enum { MAX_RECEIPT = 1 << 16 };

struct runtime {
	struct wire *wire;
	struct wire_answer answer;
};

struct runtime *runtime_new(const char *address, wire_wait *wait, void *state)
{
	struct runtime *runtime = memory_new(1, sizeof(*runtime));

	runtime->wire = wire_new(address, wait, state);
	return runtime;
}

void runtime_free(struct runtime *runtime)
{
	if (!runtime)
		return;
	wire_free(runtime->wire);
	wire_answer_release(&runtime->answer);
	free(runtime);
}

static int read_id(const struct reply_head *head, char id[RUNTIME_MAX_ID + 1], struct error *err)
{
	static const char letters[] = "-0123456789_"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *value = reply_head_field(head, "Lambda-Runtime-Aws-Request-Id");
	size_t length = value ? strlen(value) : 0;

	if (!length || length > RUNTIME_MAX_ID || value[strspn(value, letters)])
		return error_internal(err, "the Runtime API sent an event without an identifier");
	memcpy(id, value, length + 1);
	return 0;
}

static int64_t read_deadline(const struct reply_head *head)
{
	const char *value = reply_head_field(head, "Lambda-Runtime-Deadline-Ms");
	long long deadline;
	char *end;

	if (!value)
		return 0;
	errno = 0;
	deadline = strtoll(value, &end, 10);
	return errno || *end || deadline < 0 ? 0 : deadline;
}

int runtime_next(struct runtime *runtime, struct runtime_event *event, struct error *err)
{
	struct wire_answer *answer = &runtime->answer;
	struct buffer path = {0};
	int rc;

	*event = (struct runtime_event){.text = &answer->body};
	buffer_format(&path, "%s/invocation/next", root);
	rc = wire_call(runtime->wire, &(struct wire_request){.method = "GET", .path = path.bytes},
		RUNTIME_MAX_BYTES, answer, err);
	buffer_release(&path);
	if (rc && err->type != ERROR_LIMIT)
		return -1;
	if (answer->head.status != 200)
		return error_internal(
			err, "the Runtime API has no event: status %d", answer->head.status);
	event->deadline_ms = read_deadline(&answer->head);
	if (read_id(&answer->head, event->id, err))
		return -1;
	if (rc)
		return error_limit(err, "the event has more than %d bytes", (int)RUNTIME_MAX_BYTES);
	return 0;
}

static int post(struct runtime *runtime, const char *path, const char *type,
	const struct buffer *body, struct error *err)
{
	const struct header headers[] = {
		{"Content-Type", "application/json"}, {"Lambda-Runtime-Function-Error-Type", type}};
	const struct wire_request request = {.method = "POST",
		.path = path,
		.headers = headers,
		.header_count = type ? 2 : 1,
		.body = body->bytes,
		.body_length = body->length};
	int rc = wire_call(runtime->wire, &request, MAX_RECEIPT, &runtime->answer, err);

	if (rc && err->type == ERROR_LIMIT) /* it is long, but came */
		rc = 0;
	return rc ? -1 : runtime->answer.head.status;
}

int runtime_answer(
	struct runtime *runtime, const char *id, const struct buffer *answer, struct error *err)
{
	struct buffer path = {0};
	int status;

	buffer_format(&path, "%s/invocation/%s/response", root, id);
	status = post(runtime, path.bytes, NULL, answer, err);
	buffer_release(&path);
	if (status < 0)
		return -1;
	if (status == 413)
		return error_limit(
			err, "an answer of %zu bytes is too large for Lambda", answer->length);
	if (status < 200 || status > 299)
		return error_internal(err, "the Runtime API refused an answer: status %d", status);
	return 0;
}

int runtime_fail(
	struct runtime *runtime, const char *id, const struct error *why, struct error *err)
{
	const char *type = error_type_name(why->type);
	struct buffer path = {0}, body = {0};
	int status;

	buffer_byte(&body, '{');
	compose_string(&body, "errorMessage", why->text);
	compose_string(&body, "errorType", type);
	compose_json(&body, "stackTrace", "[]");
	buffer_byte(&body, '}');
	if (id)
		buffer_format(&path, "%s/invocation/%s/error", root, id);
	else
		buffer_format(&path, "%s/init/error", root);
	status = post(runtime, path.bytes, type, &body, err);
	buffer_release(&path);
	buffer_release(&body);
	if (status >= 200 && status <= 299)
		return 0;
	return status < 0
		? -1
		: error_internal(err, "the Runtime API refused an error: status %d", status);
}
