#ifndef STORE_OBJECT_S3_H
#define STORE_OBJECT_S3_H

#include "store/object.h"

struct aws;
struct aws_reply;

/* What the parts of the S3 store share: object_s3.c reads, object_s3_write.c writes,
 * object_s3_list.c lists. https://docs.aws.amazon.com/AmazonS3/latest/API/ */

struct object_s3 {
	struct aws *aws;
	char *bucket; /* of names without one */
};

/* Return the bucket of `name`. Borrowed. */
const char *object_s3_bucket(const struct object_s3 *store, const struct object_name *name);

/* Return an ETag header's value without quotes, "" for NULL. Free with free(). */
char *object_s3_etag(const char *header);

/* What object_create(), object_list() and object_find() do. */
int object_s3_write(const void *state, const struct object_name *name, const char *content_type,
	struct stream *out, struct error *err);
int object_s3_list(const void *state, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);
int object_s3_find(const void *state, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);

#endif
