#ifndef NET_REFUSAL_H
#define NET_REFUSAL_H

#include "base/error.h"

struct buffer;

/* What a service of AWS says instead of doing what was asked. */

enum refusal_kind {
	REFUSAL_PLAIN,
	REFUSAL_EXPIRED, /* the keys are no longer good */
	REFUSAL_SKEWED,	 /* the request's time is not the service's */
};

enum { REFUSAL_CODE = 96, REFUSAL_MESSAGE = 200, REFUSAL_REGION = 65 };

struct refusal {
	char code[REFUSAL_CODE];       /* "NoSuchKey"; "" if it has none */
	char message[REFUSAL_MESSAGE]; /* in the service's words; "" if it has none */
	char region[REFUSAL_REGION];   /* where S3 says that the bucket is; "" if it does not */
	enum error_type type;
	enum refusal_kind kind;
};

/* Read the refusal out of an answer of `status`: `body` is XML or JSON or anything, `header` is
 * X-Amzn-Errortype or NULL. */
void refusal_read(
	struct refusal *refusal, int status, const struct buffer *body, const char *header);

/* Cut the message where it begins to quote `secret`, if that is not NULL: of what was signed
 * wrongly, services say what they would have signed, and a session's token is in that. */
void refusal_hide(struct refusal *refusal, const char *secret);

#endif
