#include "store/source.h"

#include <stddef.h>

#include "base/compose.h"
#include "base/record.h"

void source_record(
	struct record *record, const char *bucket, const char *key, const struct source *source)
{
	struct buffer member = {0};

	buffer_byte(&member, '{');
	compose_string(&member, "version_id", source->version_id);
	compose_string(&member, "etag", source->etag);
	compose_string(&member, "sequencer", source->sequencer);
	if (source->bytes >= 0)
		compose_number(&member, "bytes", source->bytes);
	buffer_byte(&member, '}');
	record_init(record);
	if (bucket)
		record_set_string(record, "bucket", bucket);
	record_set_string(record, "key", key);
	record_set_json(record, "source", member.bytes);
	buffer_release(&member);
}
