#ifndef EVENT_S3_EVENT_H
#define EVENT_S3_EVENT_H

#include <stdint.h>

struct buffer;
struct error;
struct json_object;

/*
 * What S3 says when objects are made, in the shapes in which that arrives: S3's own notification
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
 * EventBridge's "Object Created"
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html,
 * and either of them inside messages of SQS or SNS.
 */

/* An object that was made. The strings are borrowed for the call; all but `key` may be NULL. */
struct s3_object {
	const char *bucket;
	const char *key; /* as it is: decoded where the event had it URL-encoded */
	const char *version_id, *etag, *sequencer;
	int64_t bytes; /* -1 if the event does not say */
};

/* Who is told of the objects of an event. */
struct s3_event_reader {
	void (*made)(const struct s3_object *object, void *state);
	/* One entry can't be read; its neighbours still are. */
	void (*unusable)(const struct error *why, void *state);
	/* Something that is not the making of an object: a deletion, S3's test event. */
	void (*skipped)(void *state);
	void *state;
};

/* Tell `reader` of every entry of `event`, in order. -1 with `err` filled, and nobody told, if it
 * is no event of these shapes. */
int s3_event_read(
	struct json_object *event, const struct s3_event_reader *reader, struct error *err);

/* Append S3's own notification, without a newline, that `object` was put at `time`, in seconds
 * since 1970, into its bucket in `region`. s3_event_read() tells of the same object again, for a
 * key that is UTF-8. */
void s3_event_write(
	struct buffer *event, const struct s3_object *object, const char *region, int64_t time);

#endif
