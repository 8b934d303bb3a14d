#ifndef LAMBDA_REPLY_HEAD_H
#define LAMBDA_REPLY_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "net/header.h"

struct error;

/* The head of an answer in HTTP/1.1 (RFC 9112): its status, its headers, and how its body ends. */

enum { REPLY_HEAD_MAX_BYTES = 1 << 15, REPLY_HEAD_MAX_FIELDS = 64 };

enum reply_head_body {
	REPLY_HEAD_LENGTH,  /* after `length` bytes, which may be none */
	REPLY_HEAD_CHUNKED, /* after the last chunk (chunks.h) */
	REPLY_HEAD_CLOSED,  /* when the connection is closed */
};

/* Starts at zero. */
struct reply_head {
	int status; /* 100 to 999 */
	bool kept;  /* the connection goes on after the body */
	enum reply_head_body body;
	uint64_t length;
	struct buffer text; /* what the fields point into */
	struct header fields[REPLY_HEAD_MAX_FIELDS];
	size_t field_count;
};

/* Return how many of `length` bytes are a head, with the empty line that ends it; 0 if its end is
 * not among the first REPLY_HEAD_MAX_BYTES. */
size_t reply_head_find(const char *bytes, size_t length);

/* Read a head of `length` bytes, as reply_head_find() tells them, in place of what `head` held. -1
 * with `err` filled, Imgpl.Transient, if it is not one exactly: lines end in CRLF, names are tokens
 * without space before the colon, no line is folded, there are at most REPLY_HEAD_MAX_FIELDS, and
 * of Content-Length and Transfer-Encoding there is at most one, once. */
int reply_head_parse(struct reply_head *head, const char *bytes, size_t length, struct error *err);

/* Return the value of the header `name`, in whatever case; NULL if it is missing. Of several it is
 * the first. Borrowed. */
const char *reply_head_field(const struct reply_head *head, const char *name);

/* Free what `head` holds, and empty it. */
void reply_head_release(struct reply_head *head);

#endif
