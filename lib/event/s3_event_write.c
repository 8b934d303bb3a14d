#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/compose.h"
#include "base/percent.h"
#include "event/s3_event.h"

static void append_object(struct buffer *json, const struct s3_object *object)
{
	struct buffer key = {0};

	percent_encode(&key, object->key, strlen(object->key), true);
	buffer_byte(json, '{');
	compose_string(json, "key", key.bytes);
	if (object->bytes >= 0)
		compose_number(json, "size", object->bytes);
	compose_string(json, "eTag", object->etag);
	compose_string(json, "versionId", object->version_id);
	compose_string(json, "sequencer", object->sequencer);
	buffer_byte(json, '}');
	buffer_release(&key);
}

void s3_event_write(
	struct buffer *event, const struct s3_object *object, const char *region, int64_t time)
{
	char text[CLOCK_TEXT];

	clock_format(time, text);
	buffer_text(event, "{\"Records\":[{");
	compose_string(event, "eventVersion", "2.1");
	compose_string(event, "eventSource", "aws:s3");
	compose_string(event, "awsRegion", region);
	compose_string(event, "eventTime", text);
	compose_string(event, "eventName", "ObjectCreated:Put");
	buffer_text(event, ",\"s3\":{\"bucket\":{");
	compose_string(event, "name", object->bucket);
	buffer_text(event, "},\"object\":");
	append_object(event, object);
	buffer_text(event, "}}]}");
}
