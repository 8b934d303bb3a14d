#include "api/gateway.h"

#include "api/routes.h"
#include "base/error.h"
#include "event/api_gateway.h"
#include "event/web.h"

int gateway_answer(const struct routes *routes, struct json_object *event, struct buffer *answer,
	struct error *err)
{
	struct web_request request = {0};
	struct web_reply reply = {0};
	struct error why = {0};
	int rc = 0;

	if (api_gateway_read(event, &request, &why))
		web_reply_error(&reply, 400, why.text);
	else
		rc = routes_reply(routes, &request, &reply, err);
	api_gateway_write(&reply, answer);
	web_request_release(&request);
	web_reply_release(&reply);
	return rc;
}
