#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/aws.h"
#include "net/http.h"
#include "store/item.h"
#include "store/items.h"
#include "store/key.h"
#include "store/row.h"
#include "store/table_backend.h"

#define NAME_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"

enum {
	MIN_NAME = 3,
	MAX_NAME = 255,
	REGION = 64,
	MAX_ITEM = 400 << 10,	/* bytes, as item_bytes() counts them */
	MAX_ANSWER = 3 << 20,	/* bytes of JSON, which may escape each byte of an item by six */
	MAX_ANSWERS = 24 << 20, /* bytes of JSON with at most 16 MiB of items */
};

static const struct aws_service dynamodb = {.name = "dynamodb",
	.variable = "DYNAMODB",
	.target = "DynamoDB_20120810",
	.content_type = "application/x-amz-json-1.0"};

/* A table of DynamoDB's, which keeps what it is given at once, and lets any number of calls change
 * it side by side. */
struct table_dynamodb {
	struct aws *aws;
	char *name, shown[KEY_TEXT];
	char region[REGION]; /* of a table that is named by its ARN */
};

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	return length >= MIN_NAME && length <= MAX_NAME && strspn(name, NAME_BYTES) == length;
}

/* Take the region out of a table's ARN, arn:aws:dynamodb:eu-west-1:123456789012:table/images.
 * Return false if `place` is none. */
static bool read_arn(const char *place, char region[REGION])
{
	int end = 0;

	return sscanf(place, "arn:%*[a-z-]:dynamodb:%63[a-z0-9-]:%*12[0-9]:table/%n", region,
		       &end) == 1 &&
		end > 0 && is_name(place + end);
}

static void close_table(void *state)
{
	struct table_dynamodb *table = state;

	aws_free(table->aws);
	free(table->name);
	free(table);
}

static void *open_table(const char *place, enum table_mode mode, struct error *err)
{
	struct table_dynamodb *table = memory_new(1, sizeof(*table));
	struct buffer url = {0};

	(void)mode; /* what a client may do is for the service to say */
	buffer_format(&url, "dynamodb:%s", place);
	key_show(table->shown, NULL, url.bytes);
	buffer_release(&url);
	table->name = memory_copy(place);
	if (is_name(place))
		table->aws = aws_open(&dynamodb, err);
	else if (read_arn(place, table->region))
		table->aws = aws_open_in(&dynamodb, table->region, err);
	else
		error_invalid(err,
			"%s: want the name of a table, 3 to 255 of A-Z a-z 0-9 _ . -, "
			"or its ARN",
			table->shown);
	if (table->aws)
		return table;
	close_table(table);
	return NULL;
}

/* Put the row's and the table's name before what went wrong. */
static int prefix(const struct table_dynamodb *table, const char *key, struct error *err)
{
	char shown[KEY_TEXT];

	key_show(shown, NULL, key);
	error_prefix(err, table->shown);
	return error_prefix(err, shown);
}

/* Begin the input of a call about the row of `key`. */
static void begin_input(struct buffer *json, const struct table_dynamodb *table, const char *key)
{
	buffer_byte(json, '{');
	compose_string(json, "TableName", table->name);
	buffer_text(json, ",\"Key\":{\"image_key\":{\"S\":");
	compose_text(json, key);
	buffer_text(json, "}}");
}

/* Make a call. DynamoDB does not say of what it misses that it is the table. */
static int call(const struct table_dynamodb *table, const char *operation,
	const struct buffer *input, size_t max_answer, struct json_object **output,
	char code[AWS_CODE], struct error *err)
{
	int rc = aws_json(table->aws, operation, input, max_answer, output, code, err);

	if (rc && strcmp(code, "ResourceNotFoundException") == 0)
		error_internal(
			err, "there is no such table in %s: %s", aws_region(table->aws), code);
	return rc;
}

static int get(void *state, const char *key, struct row *row, struct error *err)
{
	const struct table_dynamodb *table = state;
	struct json_object *output = NULL, *item;
	struct buffer input = {0};
	char code[AWS_CODE] = "";
	int rc;

	begin_input(&input, table, key);
	compose_bool(&input, "ConsistentRead", true);
	buffer_byte(&input, '}');
	rc = call(table, "GetItem", &input, MAX_ANSWER, &output, code, err);
	if (rc == 0 && json_object_object_get_ex(output, "Item", &item))
		rc = item_read(item, row, err);
	json_object_put(output);
	buffer_release(&input);
	return rc ? prefix(table, key, err) : 0;
}

/* Get what a call for many left out, one by one: each of these calls waits as long as DynamoDB
 * wants it to. */
static int get_rest(struct table_dynamodb *table, const struct items *items, struct error *err)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->keys[i] && !items->rows[i].image_key &&
			get(table, items->keys[i], &items->rows[i], err))
			return -1;
	return 0;
}

static int get_many(
	void *state, const char *const *keys, size_t count, struct row *rows, struct error *err)
{
	struct table_dynamodb *table = state;
	const struct items items = {table->name, keys, count, rows};
	struct json_object *output = NULL;
	struct buffer input = {0};
	char code[AWS_CODE] = "";
	bool complete = true;
	int rc = 0;

	if (items_ask(&items, &input) > 0 &&
		(call(table, "BatchGetItem", &input, MAX_ANSWERS, &output, code, err) ||
			items_read(&items, output, &complete, err)))
		rc = error_prefix(err, table->shown);
	if (rc == 0 && !complete)
		rc = get_rest(table, &items, err);
	json_object_put(output);
	buffer_release(&input);
	return rc;
}

/* What was sent may be sent again when an answer was lost, and then finds its own row there. That
 * is told as a change by others: whoever looks again sees that nothing is left to do. */
static int replace(void *state, const struct row *row, const struct row *old, struct error *err)
{
	const struct table_dynamodb *table = state;
	struct json_object *output = NULL;
	struct buffer input = {0};
	char code[AWS_CODE] = "";
	int rc;

	if (item_bytes(row) > MAX_ITEM) {
		error_limit(
			err, "a row of %zu bytes, over the limit of %d", item_bytes(row), MAX_ITEM);
		return prefix(table, row->image_key, err);
	}
	begin_input(&input, table, row->image_key);
	item_update(row, old, &input);
	buffer_byte(&input, '}');
	rc = call(table, "UpdateItem", &input, MAX_ANSWER, &output, code, err);
	json_object_put(output);
	buffer_release(&input);
	if (rc && strcmp(code, "ConditionalCheckFailedException") == 0)
		return 1;
	return rc ? prefix(table, row->image_key, err) : 0;
}

const struct table_backend table_dynamodb = {
	.scheme = "dynamodb",
	.form = "dynamodb:NAME",
	.is_concurrent = true,
	.open = open_table,
	.close = close_table,
	.get = get,
	.get_many = get_many,
	.replace = replace,
	.versions = http_versions,
};
