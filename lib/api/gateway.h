#ifndef API_GATEWAY_H
#define API_GATEWAY_H

struct buffer;
struct error;
struct json_object;
struct routes;

/* Answer an event of API Gateway's (event/api_gateway.h): always append its answer, one JSON object
 * on one line. Return -1 with `err` filled if that failed by no fault of its sender. */
int gateway_answer(const struct routes *routes, struct json_object *event, struct buffer *answer,
	struct error *err);

#endif
