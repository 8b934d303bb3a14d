#ifndef EVENT_API_GATEWAY_H
#define EVENT_API_GATEWAY_H

#include <stdbool.h>

struct buffer;
struct error;
struct json_object;
struct record;
struct web_reply;
struct web_request;

/*
 * What API Gateway sends to a Lambda function for an HTTP request, and what it wants back: the
 * payload formats 1.0 and 2.0 of HTTP APIs
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
 * which a function's own URL has, too, and that of REST APIs, which is 1.0 without a version
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */

/* The largest payload that Lambda takes. */
enum { API_GATEWAY_MAX_BYTES = 6 << 20 };

/* Return whether `object` is one of these, well made or not: it has a `requestContext`. */
bool api_gateway_is(const struct record *object);

/* Read the request out of an event. The stage is cut off the path, where HTTP APIs put it; the
 * parameters that 1.0 has decoded are encoded again, in the order in which they stand; `sub` is of
 * the token that an authorizer checked, and a token without it is an error, since its owner would
 * pass for anybody. Members that a request need not have may be absent or null. Return -1 with
 * `request` empty and `err` filled, which the sender is to be told with a 400, if something is
 * missing or not of its type. Release with web_request_release(). */
int api_gateway_read(struct json_object *event, struct web_request *request, struct error *err);

/* Append the answer to an event, one JSON object on one line: {"statusCode","headers","body"}. The
 * headers of other origins (CORS) are the gateway's to add. */
void api_gateway_write(const struct web_reply *reply, struct buffer *answer);

#endif
