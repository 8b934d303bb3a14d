#include "store/source.h"

#include <stddef.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/record.h"

static void add_string(struct json_object *object, const char *name, const char *value)
{
	if (value)
		json_object_object_add(object, name, json_object_new_string(value));
}

void source_record(
	struct record *record, const char *bucket, const char *key, const struct source *source)
{
	struct json_object *member = json_object_new_object();

	add_string(member, "version_id", source->version_id);
	add_string(member, "etag", source->etag);
	add_string(member, "sequencer", source->sequencer);
	if (source->bytes >= 0)
		json_object_object_add(member, "bytes", json_object_new_int64(source->bytes));
	record_parse(record, "{}", 2, &(struct error){0});
	if (bucket)
		record_set_string(record, "bucket", bucket);
	record_set_string(record, "key", key);
	record_set(record, "source", member);
}
