#include "net/parameter.h"

#include <string.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "net/aws.h"
#include "net/secret.h"

enum { MAX_ANSWER = 4 * PARAMETER_MAX };

static const struct aws_service service = {.name = "ssm",
	.variable = "SSM",
	.target = "AmazonSSM",
	.content_type = "application/x-amz-json-1.1"};

/* Find a member of the object that begins at `text`, and return the text of its value, of `length`
 * bytes, or NULL. */
static const char *find_member(const char *text, const char *name, size_t *length)
{
	struct json_span span;
	size_t at = 0, name_length = strlen(name);

	if (!text || *text != '{')
		return NULL;
	while (json_next_member(text, &at, &span))
		if (span.name_end - span.name == name_length + 2 &&
			memcmp(text + span.name + 1, name, name_length) == 0) {
			*length = span.value_end - span.value;
			return text + span.value;
		}
	return NULL;
}

/* Append a JSON string of `length` bytes, with its quotes, in which nothing is escaped but line
 * breaks, slashes and the like. -1 if something else is, which no text of PEM needs. */
static int append_string(struct buffer *value, const char *text, size_t length)
{
	static const char escaped[] = "nrt/\"\\", plain[] = "\n\r\t/\"\\";

	for (size_t i = 1; i + 1 < length; i++) {
		const char *found = NULL;

		if (text[i] == '\\' && !(found = strchr(escaped, text[++i])))
			return -1;
		buffer_byte(value, found ? plain[found - escaped] : text[i]);
	}
	return 0;
}

/* Read {"Parameter":{"Value":"..."}} in place: json-c would leave copies behind. */
static int read_value(const struct buffer *answer, struct buffer *value, struct error *err)
{
	const char *text = answer->bytes;
	size_t length = 0;

	if (answer->length == 0 || json_check(text, answer->length, err))
		return error_internal(err, "the answer is no JSON");
	text = find_member(text + strspn(text, " \t\r\n"), "Parameter", &length);
	text = find_member(text, "Value", &length);
	buffer_reserve(value, PARAMETER_MAX);
	if (!text || *text != '"' || length > PARAMETER_MAX || append_string(value, text, length))
		return error_internal(err, "the answer has no value that can be read");
	return 0;
}

static int ask(struct aws *aws, const char *name, struct buffer *value, struct error *err)
{
	static const struct header headers[] = {
		{"Content-Type", "application/x-amz-json-1.1"},
		{"X-Amz-Target", "AmazonSSM.GetParameter"},
	};
	struct buffer input = {0};
	struct aws_call call = {.method = "POST",
		.path = "/",
		.headers = headers,
		.header_count = sizeof(headers) / sizeof(headers[0]),
		.max_body = MAX_ANSWER};
	struct aws_reply reply = {0};
	int rc;

	buffer_byte(&input, '{');
	compose_string(&input, "Name", name);
	compose_bool(&input, "WithDecryption", true);
	buffer_byte(&input, '}');
	call.body = input.bytes;
	call.body_length = input.length;
	buffer_reserve(&reply.body, MAX_ANSWER); /* so that it does not move */
	rc = aws_call(aws, &call, &reply, err);
	if (rc == 0)
		rc = read_value(&reply.body, value, err);
	secret_release(&reply.body);
	aws_reply_release(&reply);
	buffer_release(&input);
	return rc;
}

int parameter_get(const char *name, struct buffer *value, struct error *err)
{
	struct aws *aws = aws_open(&service, err);
	int rc = -1;

	if (!aws)
		return -1;
	rc = ask(aws, name, value, err);
	aws_free(aws);
	return rc ? error_prefix(err, name) : 0;
}
