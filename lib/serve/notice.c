#include "serve/notice.h"

#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "event/s3_event.h"
#include "store/object.h"
#include "store/origin.h"
#include "store/row.h"

void notice_row(struct row *row, const char *bucket, const char *key,
	const struct object_written *written, const char *sequencer, int64_t time)
{
	const struct origin origin = {
		.etag = written->etag, .sequencer = sequencer, .bytes = (int64_t)written->bytes};
	struct record record = {0};
	char started_at[CLOCK_TEXT];

	clock_format(time, started_at);
	origin_record(&record, bucket, key, &origin);
	record_set_string(&record, "started_at", started_at);
	row_from_record(row, &record);
	row->status = ROW_PROCESSING;
	record_release(&record);
}

static int64_t bytes_of(const struct row *row)
{
	struct error err = {0};
	struct json_object *source =
		row->source ? json_parse(row->source, strlen(row->source), &err) : NULL;
	struct json_object *bytes = json_member(source, "bytes");
	int64_t count =
		json_object_is_type(bytes, json_type_int) ? json_object_get_int64(bytes) : -1;

	json_object_put(source);
	return count;
}

void notice_line(struct buffer *lines, const struct row *row, const char *region)
{
	const struct s3_object object = {.bucket = row->bucket,
		.key = row->image_key,
		.etag = row->etag,
		.sequencer = row->sequencer,
		.bytes = bytes_of(row)};
	int64_t time;

	if (!row->started_at || clock_parse(row->started_at, &time))
		time = clock_now();
	s3_event_write(lines, &object, region, time);
	buffer_byte(lines, '\n');
}
