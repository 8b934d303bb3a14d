#include "event/web.h"

#include <stdlib.h>

#include "base/compose.h"
#include "base/error.h"

void web_request_release(struct web_request *request)
{
	free(request->method);
	free(request->path);
	free(request->query);
	free(request->sub);
	buffer_release(&request->body);
	*request = (struct web_request){0};
}

void web_reply_release(struct web_reply *reply)
{
	buffer_release(&reply->body);
	*reply = (struct web_reply){0};
}

void web_reply_error(struct web_reply *reply, int status, const char *text)
{
	reply->status = status;
	reply->allow = NULL;
	buffer_clear(&reply->body);
	buffer_byte(&reply->body, '{');
	compose_string(&reply->body, "error", text);
	buffer_byte(&reply->body, '}');
}

void web_reply_failure(struct web_reply *reply, const struct error *why)
{
	if (error_retry(why))
		web_reply_error(reply, 503, "out of reach for now, try again");
	else
		web_reply_error(reply, 500, "an internal error");
}
