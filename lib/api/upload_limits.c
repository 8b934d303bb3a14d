#include "api/upload_limits.h"

#include <inttypes.h>
#include <string.h>

#include "base/compose.h"
#include "base/error.h"
#include "event/web.h"
#include "store/key.h"
#include "store/object.h"

static const struct upload_type types[] = {
	{"image/jpeg", ".jpg"},
	{"image/png", ".png"},
	{"image/webp", ".webp"},
};

enum { TYPES = sizeof(types) / sizeof(types[0]) };

const struct upload_limits upload_limits_default = {.max_bytes = OBJECT_MAX_BYTES, .max_files = 50};

const struct upload_type *upload_type_find(const char *content_type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (strcmp(types[i].content_type, content_type) == 0)
			return &types[i];
	return NULL;
}

static int refuse_type(const char *content_type, struct error *err)
{
	struct buffer taken = {0};
	char shown[KEY_TEXT];

	for (size_t i = 0; i < TYPES; i++)
		buffer_format(&taken, "%s%s", i ? ", " : "", types[i].content_type);
	key_show(shown, NULL, content_type);
	error_invalid(err, "type '%s' is not taken, but %s", shown, taken.bytes);
	buffer_release(&taken);
	return -1;
}

int upload_limits_check(const struct upload_limits *limits, const char *content_type, int64_t bytes,
	const struct upload_type **type, struct error *err)
{
	*type = upload_type_find(content_type);
	if (!*type)
		return refuse_type(content_type, err);
	if (bytes < 1)
		return error_limit(err, "size %" PRId64 " is no picture's", bytes);
	if (bytes > limits->max_bytes)
		return error_limit(err, "size %" PRId64 " is more than %" PRId64 " bytes", bytes,
			limits->max_bytes);
	return 0;
}

void upload_limits_reply(const struct upload_limits *limits, struct web_reply *reply)
{
	struct buffer *body = &reply->body;
	struct buffer names = {0};

	for (size_t i = 0; i < TYPES; i++) {
		buffer_byte(&names, i ? ',' : '[');
		compose_text(&names, types[i].content_type);
	}
	buffer_byte(&names, ']');
	reply->status = 200;
	buffer_clear(body);
	buffer_byte(body, '{');
	compose_json(body, "contentTypes", names.bytes);
	compose_number(body, "maxSize", limits->max_bytes);
	compose_number(body, "maxFiles", (int64_t)limits->max_files);
	buffer_byte(body, '}');
	buffer_release(&names);
}
