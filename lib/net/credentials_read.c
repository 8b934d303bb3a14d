#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "net/credentials_source.h"

/* What an answer says. */
struct answer {
	struct sigv4_keys keys;
	bool is_version_1;
	const char *expiration;
	const char *code, *message; /* of one that has no keys */
};

/* Undo the escapes of a JSON string that keys may have: \", \\ and \/. Return false if it has
 * others. */
static bool unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && !strchr("\"\\/", *++from))
			return false;
		*to++ = *from;
	}
	*to = '\0';
	return true;
}

/* Where the string `name` of an answer goes; NULL if nobody wants it. */
static const char **find_place(struct answer *answer, const char *name)
{
	const struct {
		const char *name, **place;
	} places[] = {
		{"AccessKeyId", &answer->keys.access_key_id},
		{"SecretAccessKey", &answer->keys.secret_access_key},
		{"SessionToken", &answer->keys.session_token}, /* of processes */
		{"Token", &answer->keys.session_token},	       /* of all others */
		{"Expiration", &answer->expiration},
		{"Code", &answer->code},
		{"Message", &answer->message},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].name, name) == 0)
			return places[i].place;
	return NULL;
}

/* Cut a member out of the text. */
static int take_member(
	struct answer *answer, char *text, const struct json_span *span, struct error *err)
{
	const char **place, *name;

	text[span->name_end - 1] = '\0';
	name = text + span->name + 1;
	if (strcmp(name, "Version") == 0)
		answer->is_version_1 =
			span->value_end - span->value == 1 && text[span->value] == '1';
	place = find_place(answer, name);
	if (!place || text[span->value] == 'n')
		return 0;
	if (text[span->value] != '"')
		return error_internal(err, "%s is no string", name);
	text[span->value_end - 1] = '\0';
	if (!unescape(text + span->value + 1))
		return error_internal(err, "%s has strange escapes", name);
	*place = text + span->value + 1;
	return 0;
}

/* Read the outermost members of JSON in place: json-c would leave copies of secrets behind. */
static int read_members(struct answer *answer, struct buffer *json, struct error *err)
{
	struct json_span span;
	size_t at = 0;

	if (json_check(json->bytes, json->length, err))
		return -1;
	if (json->bytes[strspn(json->bytes, " \t\r\n")] != '{')
		return error_internal(err, "not a JSON object");
	while (json_next_member(json->bytes, &at, &span))
		if (take_member(answer, json->bytes, &span, err))
			return -1;
	return 0;
}

/* Make keys of what was read. */
static int take_keys(const struct answer *answer, bool has_version, struct credentials_keys *keys,
	const char *who, struct error *err)
{
	int64_t expires_at = 0;

	if (has_version && !answer->is_version_1)
		return error_internal(err, "%s: Version is not 1", who);
	if (answer->code && strcmp(answer->code, "Success") != 0)
		return error_internal(err, "%s: %.80s: %.200s", who, answer->code,
			answer->message ? answer->message : "has no keys");
	if (answer->expiration && clock_parse(answer->expiration, &expires_at))
		return error_internal(err, "%s: Expiration is no time", who);
	return credentials_keys_set(keys, &answer->keys, expires_at, who, err);
}

int credentials_read(struct buffer *json, bool has_version, struct credentials_keys *keys,
	const char *who, struct error *err)
{
	struct answer answer = {0};
	int rc;

	if (json->length == 0)
		return error_internal(err, "%s: an empty answer", who);
	rc = read_members(&answer, json, err);
	rc = rc ? error_prefix(err, who) : take_keys(&answer, has_version, keys, who, err);
	if (rc)
		err->type = ERROR_INTERNAL; /* no fault of what the user said */
	return rc;
}
