#include "serve/s3_reply.h"

#include "base/buffer.h"
#include "base/error.h"
#include "serve/exchange.h"

void s3_refuse(struct exchange *exchange, int status, const char *code, const char *message)
{
	struct http_reply reply = {.status = status, .content_type = "application/xml"};

	/* Neither has a character that XML would take for its own. */
	buffer_format(&reply.body,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<Error><Code>%s</Code><Message>%s</Message></Error>",
		code, message);
	http_reply_header(&reply, "Cache-Control", "no-store");
	if (status == 503)
		http_reply_header(&reply, "Retry-After", "1");
	exchange_answer(exchange, &reply);
}

void s3_fail(struct exchange *exchange, const struct error *err)
{
	switch (err->type) {
	case ERROR_INVALID:
	case ERROR_LIMIT:
		s3_refuse(exchange, 400, "InvalidArgument",
			"The key can't be that of an object here.");
		break;
	case ERROR_THROTTLED:
	case ERROR_TRANSIENT:
		s3_refuse(exchange, 503, "ServiceUnavailable",
			"The object can't be reached now. Please try again.");
		break;
	default:
		s3_refuse(exchange, 500, "InternalError", "The server failed to do this.");
	}
}
