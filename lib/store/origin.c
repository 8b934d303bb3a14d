#include "store/origin.h"

#include <stddef.h>

#include "base/compose.h"
#include "base/record.h"

void origin_record(
	struct record *record, const char *bucket, const char *key, const struct origin *origin)
{
	struct buffer member = {0};

	buffer_byte(&member, '{');
	compose_string(&member, "version_id", origin->version_id);
	compose_string(&member, "etag", origin->etag);
	compose_string(&member, "sequencer", origin->sequencer);
	if (origin->bytes >= 0)
		compose_number(&member, "bytes", origin->bytes);
	buffer_byte(&member, '}');
	record_init(record);
	if (bucket)
		record_set_string(record, "bucket", bucket);
	record_set_string(record, "key", key);
	record_set_composed(record, "source", &member);
	buffer_release(&member);
}
