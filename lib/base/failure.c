#include "base/failure.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

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

	if (!member)
		return false;
	if (json_string(member, "Error")) {
		read_catch(member, err);
		return true;
	}
	reason = json_string(member, "reason");
	err->type = type_of(json_string(member, "type"));
	set_text(err, reason ? reason : json_object_get_string(member));
	return true;
}

void failure_write(struct record *record, const char *tool, const struct error *err)
{
	struct json_object *member = json_object_new_object();
	struct buffer reason = {0};

	utf8_show(&reason, err->text, strlen(err->text));
	json_object_object_add(member, "tool", json_object_new_string(tool));
	json_object_object_add(member, "type", json_object_new_string(error_type_name(err->type)));
	json_object_object_add(
		member, "reason", json_object_new_string(reason.length ? reason.bytes : ""));
	json_object_object_add(member, "retry", json_object_new_boolean(error_retry(err)));
	record_set(record, "error", member);
	buffer_release(&reason);
}
