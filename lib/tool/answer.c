#include "tool/answer.h"

#include <json-c/json.h>

#include "base/error.h"
#include "base/failure.h"
#include "base/record.h"
#include "base/utf8.h"
#include "tool/lines.h"
#include "tool/report.h"

enum { MAX_SHOWN = 1024 };

static uint64_t source_bytes(const struct record *record)
{
	struct json_object *bytes;

	if (!json_object_object_get_ex(record_member(record, "source"), "bytes", &bytes))
		return 0;
	return json_object_get_int64(bytes) < 0 ? 0 : (uint64_t)json_object_get_int64(bytes);
}

void answer_line(struct answer *answer, const struct buffer *line, const struct error *failure)
{
	buffer_append(&answer->lines, line->bytes, line->length);
	buffer_byte(&answer->lines, '\n');
	if (!failure)
		answer->good++;
	else if (error_retry(failure))
		answer->failed_for_now++;
	else
		answer->failed++;
}

void answer_record(struct answer *answer, const struct record *record)
{
	struct error err;
	bool failed = failure_read(record, &err);

	answer_line(answer, &record->text, failed ? &err : NULL);
	answer->bytes += source_bytes(record);
}

void answer_unusable(struct answer *answer, struct record *record, const struct line *line,
	const struct error *err)
{
	struct record made = {0};
	struct buffer input = {0};

	report_failure("line %zu: %s", line->number, err->text);
	utf8_show(&input, line->text, line->length < MAX_SHOWN ? line->length : MAX_SHOWN);
	if (!record) {
		record_init(&made);
		record = &made;
	}
	record_set_number(record, "line", (int64_t)line->number);
	record_set_string(record, "input", input.length ? input.bytes : "");
	failure_write(record, report_tool(), err);
	answer_record(answer, record);
	buffer_release(&input);
	record_release(&made);
}

void answer_clear(struct answer *answer)
{
	buffer_clear(&answer->lines);
	*answer = (struct answer){.lines = answer->lines};
}
