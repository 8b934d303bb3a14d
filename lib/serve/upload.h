#ifndef SERVE_UPLOAD_H
#define SERVE_UPLOAD_H

#include <stdint.h>

#include "serve/exchange.h"
#include "serve/s3_request.h"

struct keeper;
struct object_store;
struct uploads;

/*
 * PUT /BUCKET/KEY, with a URL that somebody signed for it, as S3 has it:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 *
 * But here type and length have to be signed, so that a URL allows no other picture than it was
 * made for; a key has to begin with "uploads/"; and of the rest of what S3 does with headers and
 * parameters nothing is done: who asks for it is refused (501). "If-None-Match: *" is obeyed when
 * the upload begins and when it ends, so that of those who upload to one URL at once one succeeds.
 */

struct upload_settings {
	struct s3_place place;
	const struct object_store *store;
	struct keeper *keeper;
	uint64_t max_bytes; /* of one upload */
	/* Tell the server's owner why an upload failed by no fault of its sender. From any thread.
	 */
	void (*tell)(const char *text);
};

/* Make the handler of uploads; what the settings name is borrowed until uploads_free(), which takes
 * NULL, and which no upload outlives. */
struct uploads *uploads_new(const struct upload_settings *settings);
void uploads_free(struct uploads *uploads);

/* Return who answers. Borrowed. */
const struct http_handler *uploads_handler(const struct uploads *uploads);

#endif
