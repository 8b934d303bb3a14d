#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>

#include "base/buffer.h"

struct error;

/* Where requests to a service go. Starts at zero; release with endpoint_release(). */
struct endpoint {
	struct buffer origin; /* "https://photos.s3.eu-west-1.amazonaws.com" */
	struct buffer host;   /* the same as a Host header has it */
	struct buffer path;   /* what comes before every path, encoded: "" or "/photos" */
};

/* Return whether `region` can be the name of one. */
bool endpoint_is_region(const char *region);

/* Return whether `bucket` is a name that S3 takes, or took once. */
bool endpoint_is_bucket(const char *bucket);

/* Find the endpoint of the service whose host's name begins with `service`, in `region`; with a
 * `bucket`, which else is NULL, the one that has it: as part of the host's name, or of the path
 * where it can't be (dots, which no certificate covers, or upper case). `custom` is the URL of what
 * stands in for AWS, where buckets are part of the path, or NULL. -1 with `err` filled,
 * Imgpl.Invalid, if a name can't be one.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
int endpoint_find(struct endpoint *endpoint, const char *service, const char *region,
	const char *bucket, const char *custom, struct error *err);

/* The longest key of an object in S3, in bytes. */
enum { ENDPOINT_MAX_KEY = 1024 };

/* Append the path that the object `key` has behind its bucket, encoded: "/a%20cat.jpg". -1 with
 * `err` filled if there can be no such key: Imgpl.Invalid if it is empty, Imgpl.Limit if it is too
 * long. */
int endpoint_object_path(struct buffer *path, const char *key, struct error *err);

void endpoint_release(struct endpoint *endpoint);

#endif
