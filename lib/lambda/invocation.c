#include "lambda/invocation.h"

#include <string.h>

#include "base/error.h"
#include "base/failure.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/quoted.h"
#include "base/record.h"

/* Where a member `error` was seen in a text. */
struct sight {
	const char *text;
	size_t value, value_end;
};

static void look(const struct json_span *span, void *state)
{
	struct sight *sight = state;

	if (quoted_is(sight->text + span->name, "error")) {
		sight->value = span->value;
		sight->value_end = span->value_end;
	}
}

/* Append JSON text that was checked, without the white space between its parts. */
static void compact(struct buffer *out, const char *text, size_t length)
{
	const char *end = text + length;

	buffer_reserve(out, length);
	while (text < end) {
		const char *part = text;

		if (*text == '"')
			text = quoted_end(text);
		else
			text += strcspn(text, " \t\r\n\"");
		text = text < end ? text : end;
		buffer_append(out, part, (size_t)(text - part));
		text += strspn(text, " \t\r\n");
	}
}

int invocation_begin(struct invocation *invocation, const struct buffer *event, struct error *err)
{
	struct sight sight = {.text = event->bytes ? event->bytes : ""};

	buffer_clear(&invocation->line);
	buffer_clear(&invocation->failure);
	if (json_check_members(sight.text, event->length, look, &sight, err))
		return error_prefix(err, "the event");
	compact(&invocation->line, sight.text, event->length);
	buffer_byte(&invocation->line, '\n');
	compact(&invocation->failure, sight.text + sight.value, sight.value_end - sight.value);
	return 0;
}

/* Return whether the record's failure is the one that the event came with. */
static int is_inherited(const struct invocation *invocation, const struct record *record)
{
	size_t length;
	const char *text = record_text(record, "error", &length);
	struct buffer failure = {0};
	int same;

	compact(&failure, text, length);
	same = failure.length == invocation->failure.length &&
		memcmp(failure.bytes, invocation->failure.bytes, failure.length) == 0;
	buffer_release(&failure);
	return same;
}

int invocation_end(const struct invocation *invocation, const struct buffer *answer, bool *broken,
	struct error *err)
{
	struct record record = {0};
	struct error failure = {0};
	int rc = 0;

	*broken = record_parse(&record, answer->bytes, answer->length, err) != 0;
	if (*broken) {
		err->type = ERROR_INTERNAL;
		return error_prefix(err, "the answer");
	}
	if (failure_read(&record, &failure) && !is_inherited(invocation, &record)) {
		*err = failure;
		rc = -1;
	}
	record_release(&record);
	return rc;
}

void invocation_release(struct invocation *invocation)
{
	buffer_release(&invocation->line);
	buffer_release(&invocation->failure);
}
