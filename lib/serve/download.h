#ifndef SERVE_DOWNLOAD_H
#define SERVE_DOWNLOAD_H

#include "serve/exchange.h"
#include "serve/s3_request.h"

struct downloads;
struct object_store;

/*
 * GET and HEAD of /BUCKET/KEY, with a URL that somebody signed for it, as S3 has it:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 *
 * An object is a picture of the type that its key ends in, and nothing else to anybody: whatever
 * was uploaded, no browser runs it.
 */

struct download_settings {
	struct s3_place place;
	const struct object_store *store; /* of files */
	/* Tell the server's owner why a request failed by no fault of its sender. From any thread.
	 */
	void (*tell)(const char *text);
};

/* Make the handler of downloads; what the settings name is borrowed until downloads_free(), which
 * takes NULL. */
struct downloads *downloads_new(const struct download_settings *settings);
void downloads_free(struct downloads *downloads);

/* Return who answers. Borrowed. */
const struct http_handler *downloads_handler(const struct downloads *downloads);

#endif
