#ifndef EVENT_WEB_H
#define EVENT_WEB_H

#include "base/buffer.h"

struct error;

/* An HTTP request, and the answer to it, whoever took the one and sends the other: API Gateway, or
 * a server of our own. */

/* A claim `sub` is no longer: OpenID Connect Core 1.0, section 2. */
enum { WEB_MAX_SUB = 255 };

/* The strings are the request's own. Starts at zero. */
struct web_request {
	char *method; /* "GET" */
	char *path;   /* "/results", without what the server itself is under */
	char *query;  /* what stands behind the ?, as it was sent (form_next()); "" if nothing */
	struct buffer body; /* as it was sent; any bytes, or none at all */
	char *sub;	    /* who sends it: the claim `sub` of a token that was checked, 1 to
			     * WEB_MAX_SUB bytes; NULL if nobody has to say */
};

/* What is answered: JSON, which no cache may keep. Starts at zero. */
struct web_reply {
	int status; /* 200 */
	struct buffer body;
	const char *allow; /* of a 405: the method that there is, for its header; else NULL */
};

/* Free what they hold, and empty them. */
void web_request_release(struct web_request *request);
void web_reply_release(struct web_reply *reply);

/* Make the reply {"error":TEXT}, in place of what it was. */
void web_reply_error(struct web_reply *reply, int status, const char *text);

/* Make the reply to a request that failed by no fault of its sender: 503 if it may pass, else 500.
 * Why is not said, since it may tell of what is none of the sender's business. */
void web_reply_failure(struct web_reply *reply, const struct error *why);

#endif
