#include "api/upload_wish.h"

#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "api/upload_limits.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"

static int read_wish(struct json_object *file, const struct upload_limits *limits,
	struct upload_wish *wish, struct error *err)
{
	const char *content_type = json_string(file, "contentType");
	struct json_object *size = json_member(file, "size");

	if (!json_object_is_type(file, json_type_object))
		return error_invalid(err, "not an object");
	if (!content_type)
		return error_invalid(err, "contentType is missing, or not a text");
	if (!json_object_is_type(size, json_type_int))
		return error_invalid(err, "size is missing, or not a whole number of bytes");
	wish->bytes = json_object_get_int64(size); /* the nearest that fits */
	return upload_limits_check(limits, content_type, wish->bytes, &wish->type, err);
}

static int read_files(struct json_object *files, const struct upload_limits *limits,
	struct upload_wishes *wishes, struct error *err)
{
	size_t count;

	if (!json_object_is_type(files, json_type_array))
		return error_invalid(err, "files is not an array");
	count = json_object_array_length(files);
	if (count == 0)
		return error_invalid(err, "files is empty");
	if (count > limits->max_files)
		return error_limit(
			err, "%zu files are more than %zu at once", count, limits->max_files);
	wishes->wish = memory_new(count, sizeof(wishes->wish[0]));
	for (size_t i = 0; i < count; i++) {
		struct json_object *file = json_object_array_get_idx(files, i);
		char name[40];

		snprintf(name, sizeof(name), "files[%zu]", i);
		if (read_wish(file, limits, &wishes->wish[i], err))
			return error_prefix(err, name);
	}
	wishes->count = count;
	wishes->several = true;
	return 0;
}

static int read_one(struct json_object *file, const struct upload_limits *limits,
	struct upload_wishes *wishes, struct error *err)
{
	wishes->wish = memory_new(1, sizeof(wishes->wish[0]));
	wishes->count = 1;
	return read_wish(file, limits, wishes->wish, err);
}

int upload_wishes_read(struct upload_wishes *wishes, const struct buffer *body,
	const struct upload_limits *limits, struct error *err)
{
	struct json_object *parsed = json_parse(body->length ? body->bytes : "", body->length, err);
	struct json_object *files = json_member(parsed, "files");
	int rc = -1;

	*wishes = (struct upload_wishes){0};
	if (!parsed)
		error_prefix(err, "the body");
	else if (!json_object_is_type(parsed, json_type_object))
		error_invalid(err, "the body is not an object");
	else if (files && (json_member(parsed, "contentType") || json_member(parsed, "size")))
		error_invalid(err, "either files, or contentType and size");
	else if (files)
		rc = read_files(files, limits, wishes, err);
	else
		rc = read_one(parsed, limits, wishes, err);
	json_object_put(parsed);
	if (rc)
		upload_wishes_release(wishes);
	return rc;
}

void upload_wishes_release(struct upload_wishes *wishes)
{
	free(wishes->wish);
	*wishes = (struct upload_wishes){0};
}
