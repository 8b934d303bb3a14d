#include "base/failure.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "base/utf8.h"

static enum error_type type_of(const char *name)
{
	static const enum error_type types[] = {
		ERROR_INTERNAL, ERROR_INVALID, ERROR_LIMIT, ERROR_THROTTLED, ERROR_TRANSIENT};

	if (!name)
		return ERROR_INTERNAL;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(name, error_type_name(types[i])) == 0)
			return types[i];
	if (strcmp(name, "States.Timeout") == 0 || strncmp(name, "Lambda.", 7) == 0)
		return ERROR_TRANSIENT;
	return ERROR_INTERNAL;
}

static void set_text(struct error *err, const char *text)
{
	snprintf(err->text, sizeof(err->text), "%s", text);
}

static void read_catch(struct json_object *member, struct error *err)
{
	const char *name = json_string(member, "Error");
	const char *cause = json_string(member, "Cause");
	struct json_object *said = NULL;
	const char *message = NULL;

	err->type = type_of(name);
	if (cause) {
		said = json_parse(cause, strlen(cause), &(struct error){0});
		message = json_string(said, "errorMessage");
	}
	set_text(err, message ? message : cause && *cause ? cause : name);
	json_object_put(said);
}

bool failure_read(const struct record *record, struct error *err)
{
	struct json_object *member = record_member(record, "error");
	const char *reason;
	size_t length = sizeof(err->text);

	if (!member)
		return false;
	if (json_string(member, "Error")) {
		read_catch(member, err);
		return true;
	}
	reason = json_string(member, "reason");
	if (!reason)
		reason = record_string(record, "error");
	err->type = type_of(json_string(member, "type"));
	if (!reason) /* not of our making: then all that it says */
		reason = record_text(record, "error", &length);
	snprintf(err->text, sizeof(err->text), "%.*s", (int)length, reason);
	return true;
}

void failure_write(struct record *record, const char *tool, const struct error *err)
{
	struct buffer reason = {0}, member = {0};

	utf8_show(&reason, err->text, strlen(err->text));
	buffer_byte(&member, '{');
	compose_string(&member, "tool", tool);
	compose_string(&member, "type", error_type_name(err->type));
	compose_string(&member, "reason", reason.length ? reason.bytes : "");
	compose_bool(&member, "retry", error_retry(err));
	buffer_byte(&member, '}');
	record_set_composed(record, "error", &member);
	buffer_release(&member);
	buffer_release(&reason);
}
