#include "store/items.h"

#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "store/item.h"
#include "store/key.h"
#include "store/row.h"

/* Return whether the key at `i` is one of those before it, too. */
static bool came_before(const struct items *items, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (items->keys[j] && strcmp(items->keys[j], items->keys[i]) == 0)
			return true;
	return false;
}

size_t items_ask(const struct items *items, struct buffer *json)
{
	size_t asked = 0;

	buffer_text(json, "{\"RequestItems\":{");
	compose_text(json, items->table);
	buffer_text(json, ":{\"ConsistentRead\":true,\"Keys\":[");
	for (size_t i = 0; i < items->count; i++) {
		if (!items->keys[i] || came_before(items, i))
			continue;
		if (asked++ > 0)
			buffer_byte(json, ',');
		buffer_text(json, "{\"image_key\":{\"S\":");
		compose_text(json, items->keys[i]);
		buffer_text(json, "}}");
	}
	buffer_text(json, "]}}}");
	return asked;
}

/* Fill the rows of the item's key, wherever it was asked for. */
static int read_one(const struct items *items, struct json_object *item, struct error *err)
{
	const char *key = json_string(json_object_object_get(item, "image_key"), "S");
	char shown[KEY_TEXT];

	for (size_t i = 0; key && i < items->count; i++) {
		if (!items->keys[i] || strcmp(items->keys[i], key) != 0 || items->rows[i].image_key)
			continue;
		if (item_read(item, &items->rows[i], err)) {
			key_show(shown, NULL, key);
			return error_prefix(err, shown);
		}
	}
	return 0;
}

static int read_list(const struct items *items, struct json_object *list, struct error *err)
{
	if (!json_object_is_type(list, json_type_array))
		return error_transient(err, "an answer whose items are no list");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (read_one(items, json_object_array_get_idx(list, i), err))
			return -1;
	return 0;
}

int items_read(
	const struct items *items, struct json_object *answer, bool *complete, struct error *err)
{
	struct json_object *lists = json_object_object_get(answer, "Responses");
	struct json_object *rest = json_object_object_get(answer, "UnprocessedKeys");

	*complete = !rest ||
		(json_object_is_type(rest, json_type_object) &&
			json_object_object_length(rest) == 0);
	if (!json_object_is_type(lists, json_type_object))
		return error_transient(err, "an answer without items");
	/* There is one list, whether it is called by the table's name or by its ARN. */
	json_object_object_foreach(lists, table, list)
	{
		(void)table;
		if (read_list(items, list, err))
			return -1;
	}
	return 0;
}
