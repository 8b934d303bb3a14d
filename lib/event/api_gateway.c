#include "event/api_gateway.h"

#include <string.h>

#include <json-c/json.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/percent.h"
#include "base/record.h"
#include "event/form.h"
#include "event/web.h"

bool api_gateway_is(const struct record *object)
{
	return record_has(object, "requestContext");
}

/* Copy a member that is a string and may be missing; -1 if it is something else. */
static int copy_string(struct json_object *object, const char *name, char **copy, struct error *err)
{
	const char *text = json_string(object, name);

	if (!text && json_member(object, name))
		return error_invalid(err, "%s is not a text", name);
	*copy = memory_copy(text);
	return 0;
}

/* Copy a member that no request is without. */
static int copy_needed(struct json_object *object, const char *name, char **copy, struct error *err)
{
	if (copy_string(object, name, copy, err))
		return -1;
	return *copy ? 0 : error_invalid(err, "%s is missing", name);
}

/* Cut "/STAGE" off the path. */
static void cut_stage(char *path, const char *stage)
{
	size_t length = stage ? strlen(stage) : 0;

	if (!length || path[0] != '/' || strncmp(path + 1, stage, length) != 0)
		return;
	if (path[1 + length] == '/')
		memmove(path, path + 1 + length, strlen(path + 1 + length) + 1);
	else if (path[1 + length] == '\0')
		path[1] = '\0';
}

/* Append a parameter whose value is JSON. */
static int add_parameter(
	struct buffer *query, const char *name, struct json_object *value, struct error *err)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	if (!text || strlen(text) != (size_t)json_object_get_string_len(value))
		return error_invalid(err, "a value of the query is not a text");
	if (query->length)
		buffer_byte(query, '&');
	percent_encode(query, name, strlen(name), false);
	buffer_byte(query, '=');
	percent_encode(query, text, strlen(text), false);
	return 0;
}

/* Append a parameter of 1.0, which has one value, or several in an array. */
static int add_parameters(
	struct buffer *query, const char *name, struct json_object *values, struct error *err)
{
	if (!json_object_is_type(values, json_type_array))
		return add_parameter(query, name, values, err);
	for (size_t i = 0; i < json_object_array_length(values); i++)
		if (add_parameter(query, name, json_object_array_get_idx(values, i), err))
			return -1;
	return 0;
}

/* Write the query of 1.0 as it may have been sent. */
static int encode_query(struct json_object *event, struct buffer *query, struct error *err)
{
	struct json_object *parameters = json_member(event, "multiValueQueryStringParameters");

	if (!parameters)
		parameters = json_member(event, "queryStringParameters");
	buffer_text(query, "");
	if (!parameters)
		return 0;
	if (!json_object_is_type(parameters, json_type_object))
		return error_invalid(err, "the query is not an object");
	json_object_object_foreach(parameters, name, values)
	{
		if (add_parameters(query, name, values, err))
			return -1;
	}
	return 0;
}

static int read_body(struct json_object *event, struct buffer *body, struct error *err)
{
	struct json_object *text = json_member(event, "body");
	struct json_object *encoded = json_member(event, "isBase64Encoded");
	const char *bytes = "";
	size_t length = 0;

	if (text && !json_object_is_type(text, json_type_string))
		return error_invalid(err, "body is not a text");
	if (encoded && !json_object_is_type(encoded, json_type_boolean))
		return error_invalid(err, "isBase64Encoded is neither true nor false");
	if (text) {
		bytes = json_object_get_string(text);
		length = (size_t)json_object_get_string_len(text);
	}
	if (!json_object_get_boolean(encoded))
		buffer_append(body, bytes, length);
	else if (base64_decode(body, bytes, length))
		return error_invalid(err, "body is not base64");
	return 0;
}

/* Read who sends the request. The claims of a token are a member of the authorizer, in 2.0 one
 * level below; other authorizers have none. */
static int read_sub(struct json_object *context, char **sub, struct error *err)
{
	struct json_object *authorizer = json_member(context, "authorizer");
	struct json_object *token = json_member(authorizer, "jwt");
	struct json_object *claims = json_member(token ? token : authorizer, "claims");

	if (authorizer && !json_object_is_type(authorizer, json_type_object))
		return error_invalid(err, "authorizer is not an object");
	if (!token && !claims)
		return 0;
	if (copy_needed(claims, "sub", sub, err))
		return -1;
	if (!**sub || strlen(*sub) > WEB_MAX_SUB)
		return error_invalid(err, "sub is empty, or longer than %d bytes", WEB_MAX_SUB);
	return 0;
}

static int read_1(struct json_object *event, struct web_request *request, struct error *err)
{
	struct buffer query = {0};
	int rc = encode_query(event, &query, err);

	request->query = query.bytes;
	if (rc || copy_needed(event, "httpMethod", &request->method, err))
		return -1;
	return copy_needed(event, "path", &request->path, err);
}

static int read_2(struct json_object *event, struct json_object *context,
	struct web_request *request, struct error *err)
{
	if (copy_needed(json_member(context, "http"), "method", &request->method, err) ||
		copy_needed(event, "rawPath", &request->path, err) ||
		copy_string(event, "rawQueryString", &request->query, err))
		return -1;
	if (!request->query)
		request->query = memory_copy("");
	return 0;
}

/* Read all of the event into `request`; on -1 some of it is there. */
static int read_event(struct json_object *event, struct web_request *request, struct error *err)
{
	struct json_object *context = json_member(event, "requestContext");
	const char *version = json_string(event, "version");
	const char *stage = json_string(context, "stage");

	if (!json_object_is_type(context, json_type_object))
		return error_invalid(err, "requestContext is not an object");
	if (json_member(event, "version") && !version)
		return error_invalid(err, "version is not a text");
	if (version && strcmp(version, "1.0") != 0 && strcmp(version, "2.0") != 0)
		return error_invalid(err, "version %.20s is not known", version);
	if (version && version[0] == '2' ? read_2(event, context, request, err)
					 : read_1(event, request, err))
		return -1;
	if (version)
		cut_stage(request->path, stage);
	return read_body(event, &request->body, err) || read_sub(context, &request->sub, err) ? -1
											      : 0;
}

int api_gateway_read(struct json_object *event, struct web_request *request, struct error *err)
{
	int rc = read_event(event, request, err);

	if (rc)
		web_request_release(request);
	return rc;
}

void api_gateway_write(const struct web_reply *reply, struct buffer *answer)
{
	struct buffer headers = {0};

	buffer_byte(&headers, '{');
	compose_string(&headers, "content-type", "application/json");
	compose_string(&headers, "cache-control", "no-store");
	compose_string(&headers, "allow", reply->allow);
	buffer_byte(&headers, '}');
	buffer_byte(answer, '{');
	compose_number(answer, "statusCode", reply->status);
	compose_json(answer, "headers", headers.bytes);
	compose_string(answer, "body", reply->body.length ? reply->body.bytes : "");
	buffer_byte(answer, '}');
	buffer_release(&headers);
}
