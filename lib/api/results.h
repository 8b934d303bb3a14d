#ifndef API_RESULTS_H
#define API_RESULTS_H

#include <stdint.h>

struct buffer;
struct error;
struct table;
struct web_reply;
struct web_request;

/* What became of uploads: GET /results?image_key=KEY. */

/* So many keys can be asked for at once, each of at most so many bytes. */
enum { RESULTS_MAX_KEYS = 50, RESULTS_MAX_KEY = 1024 };

/* What results are made from. */
struct results_source {
	struct table *table;
	int64_t time_out_seconds; /* what is PROCESSING for longer has failed (row_time_out()) */
	int64_t begun_at; /* when work on all that is PROCESSING began anew, in seconds since
			     1970, or 0: it doesn't count as PROCESSING any longer than that */

	/* Append a URL with which whoever has it can get the object, for some time. `bucket` is
	 * NULL where the row has none. Return -1 with `err` filled on failure. NULL: no URLs. */
	int (*sign)(const char *bucket, const char *key, void *state, struct buffer *url,
		struct error *err);
	void *state; /* of sign() */
};

/* Answer GET /results: always fill `reply`.
 *
 * One key is answered with its {"status"}: PROCESSING, FAILED with a "reason", or COMPLETE with
 * "results", an object of what the row has of image_key, bucket, processed_key, image, bytes (of
 * the upload), labels, renditions, each with its "url", and created_at. Several are answered with
 * {"results":[...]}, in the order in which they were asked for, and each has its "image_key" before
 * that. Of a key that has no row, or that is another's (upload_key_is_of()), the answer is
 * PROCESSING with "known":false, and both look the same.
 *
 * A query that can't be read, or without a key, or with too many, is a 400 that says so. Return -1
 * with `err` filled if the table can't be read or nothing signed: then the reply is a 503 if that
 * may pass, else a 500, and tells nothing of it, so that the caller has to. */
int results_reply(const struct results_source *source, const struct web_request *request,
	struct web_reply *reply, struct error *err);

#endif
