#ifndef API_UPLOAD_WISH_H
#define API_UPLOAD_WISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct error;
struct upload_limits;
struct upload_type;

/* What somebody wants to upload: the body of POST /upload-url. */

struct upload_wish {
	const struct upload_type *type;
	int64_t bytes;
};

struct upload_wishes {
	struct upload_wish *wish;
	size_t count;
	bool several; /* it was a list, be it of one, and is to be answered with a list */
};

/* Read {"contentType","size"}, or {"files":[{"contentType","size"}...]}, as JSON; other members
 * don't matter. Return -1 with `wishes` empty and `err` filled, which the sender is to be told with
 * a 400, if something is missing, not of its type, not taken, or too much: one bad file refuses
 * all. Release with upload_wishes_release(). */
int upload_wishes_read(struct upload_wishes *wishes, const struct buffer *body,
	const struct upload_limits *limits, struct error *err);

void upload_wishes_release(struct upload_wishes *wishes);

#endif
