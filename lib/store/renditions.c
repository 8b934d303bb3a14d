#include "store/renditions.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "base/stream.h"
#include "store/output.h"

int renditions_add(struct renditions_plan *plan, const char *text, struct error *err)
{
	struct rendition_spec *spec = &plan->specs[plan->count];

	if (plan->count == RENDITIONS_MOST)
		return error_invalid(err, "no more than %d renditions", RENDITIONS_MOST);
	*spec = (struct rendition_spec){
		.same_format = true, .rendition = {.quality = 80, .effort = 4}};
	if (rendition_parse(text, spec, err))
		return -1;
	if (strcmp(spec->name, RENDITIONS_LABELS) == 0)
		return error_invalid(
			err, "a name other than '%s', which imgpl-draw makes", RENDITIONS_LABELS);
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->specs[i].name, spec->name) == 0)
			return error_invalid(err, "a name that no other rendition has");
	plan->count++;
	return 0;
}

void renditions_settle(struct renditions_plan *plan, const struct rendition *shared)
{
	if (plan->count == 0)
		renditions_add(plan, "main=1024x1024", &(struct error){0});
	for (size_t i = 0; i < plan->count; i++) {
		struct rendition *rendition = &plan->specs[i].rendition;

		rendition->enlarge = shared->enlarge;
		rendition->kernel = shared->kernel;
		rendition->linear = shared->linear;
		rendition->progressive = shared->progressive;
		memcpy(rendition->background, shared->background, sizeof(shared->background));
	}
}

/* The renditions of one picture on their way to the store. */
struct outputs {
	struct rendition renditions[RENDITIONS_MOST];
	struct image_output images[RENDITIONS_MOST];
	struct stream streams[RENDITIONS_MOST];
};

/* Open a place in the store for each rendition. */
static int create(const struct object_store *store, const struct object_name *source,
	const struct image_info *info, const struct renditions_plan *plan,
	struct rendition_made *made, struct outputs *outputs, struct error *err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct rendition_spec *spec = &plan->specs[i];
		struct rendition *rendition = &outputs->renditions[i];
		struct object_name name = {.bucket = source->bucket};

		*rendition = spec->rendition;
		if (spec->same_format)
			rendition->format = info->format;
		outputs->images[i].rendition = rendition;
		outputs->images[i].out = &outputs->streams[i];
		made[i].fit = rendition->fit;
		made[i].format = rendition->format;
		name.key = made[i].key = output_key(plan->in_prefix, plan->out_prefix, spec->name,
			source->key, rendition->format);
		if (plan->dry_run)
			stream_to_nowhere(&outputs->streams[i]);
		else if (object_create(store, &name, image_format_type(rendition->format),
				 &outputs->streams[i], err))
			return -1;
	}
	return 0;
}

static int is_there(const struct object *object, void *state, struct error *err)
{
	(void)object, (void)state, (void)err;
	return 1;
}

/* With the prefix cut off, "uploads/a.jpg" shares its outputs with "a.jpg". Rather than that one is
 * lost, neither is made while both are there. */
int renditions_refuse_twin(const struct object_store *store, const struct object_name *source,
	const char *prefix, struct error *err)
{
	struct buffer twin = {0};
	int found = 0;

	if (*prefix && strncmp(source->key, prefix, strlen(prefix)) == 0)
		buffer_text(&twin, source->key + strlen(prefix));
	else
		buffer_format(&twin, "%s%s", prefix, source->key);
	if (*prefix && twin.length)
		found = object_find(
			store, source->bucket, twin.bytes, is_there, NULL, &(struct error){0});
	if (found == 1) {
		error_invalid(err, "shares its results with %.160s; --in-prefix= keeps them apart",
			twin.bytes);
		object_prefix(err, source);
	}
	buffer_release(&twin);
	return found == 1 ? -1 : 0;
}

int renditions_make(const struct object_store *store, const struct object_name *source,
	struct image *image, const struct renditions_plan *plan, struct rendition_made *made,
	struct error *err)
{
	struct outputs outputs = {0};
	int rc = -1;

	if (renditions_refuse_twin(store, source, plan->in_prefix, err))
		return -1;
	if (create(store, source, image_info(image), plan, made, &outputs, err))
		goto out;
	if (image_render(image, outputs.images, plan->count, plan->keep, err)) {
		object_prefix(err, source);
		goto out;
	}
	for (size_t i = 0; i < plan->count; i++) {
		const struct object_name name = {.bucket = source->bucket, .key = made[i].key};

		if (stream_commit(&outputs.streams[i], err)) {
			object_prefix(err, &name);
			goto out;
		}
		made[i].size = outputs.images[i].size;
		made[i].bytes = outputs.streams[i].written;
	}
	rc = 0;
out:
	for (size_t i = 0; i < plan->count; i++)
		stream_close(&outputs.streams[i]);
	return rc;
}

static void describe(struct buffer *json, const char *name, const struct rendition_made *made)
{
	buffer_byte(json, '{');
	compose_string(json, "name", name);
	compose_string(json, "key", made->key);
	compose_number(json, "width", made->size.width);
	compose_number(json, "height", made->size.height);
	compose_string(json, "format", image_format_name(made->format));
	compose_string(json, "content_type", image_format_type(made->format));
	compose_number(json, "bytes", (int64_t)made->bytes);
	if (made->fit != FIT_INSIDE)
		compose_string(json, "fit", rendition_fit_name(made->fit));
	buffer_byte(json, '}');
}

void renditions_tell(const struct renditions_plan *plan, const struct rendition_made *made,
	struct record *record)
{
	struct buffer json = {0};

	for (size_t i = 0; i < plan->count; i++) {
		buffer_byte(&json, i ? ',' : '[');
		describe(&json, plan->specs[i].name, &made[i]);
	}
	buffer_byte(&json, ']');
	record_set_string(record, "processed_key", made[0].key);
	record_set_composed(record, "renditions", &json);
	buffer_release(&json);
}

static struct json_object *list_of(const struct record *record)
{
	struct json_object *list = record_member(record, "renditions");

	return json_object_is_type(list, json_type_array) ? list : NULL;
}

void renditions_tell_another(
	const char *name, const struct rendition_made *made, struct record *record)
{
	struct json_object *list = list_of(record);
	size_t count = list ? json_object_array_length(list) : 0;
	struct buffer json = {0};

	buffer_byte(&json, '[');
	for (size_t i = 0; i < count; i++) {
		struct json_object *other = json_object_array_get_idx(list, i);
		const char *others = json_string(other, "name");

		if (others && strcmp(others, name) == 0)
			continue;
		buffer_text(&json,
			json_object_to_json_string_ext(
				other, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		buffer_byte(&json, ',');
	}
	describe(&json, name, made);
	buffer_byte(&json, ']');
	record_set_composed(record, "renditions", &json);
	buffer_release(&json);
}

/* Return whether all of the picture is in it, and nothing was drawn onto it. */
static bool is_whole(struct json_object *rendition)
{
	const char *name = json_string(rendition, "name");

	return !json_string(rendition, "fit") && !(name && strcmp(name, RENDITIONS_LABELS) == 0);
}

/* Return a count that an object tells, 0 if it does not, or tells one that can't be. */
static int64_t count_of(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;
	int64_t count;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &value);
	count = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
	return count > 0 ? count : 0;
}

static int64_t longer_side(struct json_object *rendition)
{
	int64_t width = count_of(rendition, "width"), height = count_of(rendition, "height");

	return width > height ? width : height;
}

/* Return the rendition to look at, or NULL. */
static struct json_object *find_smallest(const struct record *record)
{
	struct json_object *list = list_of(record), *smallest = NULL;
	size_t count = list ? json_object_array_length(list) : 0;
	int64_t least = 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *rendition = json_object_array_get_idx(list, i);
		int64_t side = json_string(rendition, "key") ? longer_side(rendition) : 0;

		if (side < RENDITIONS_ENOUGH || !is_whole(rendition))
			continue;
		if (!smallest || side < least) {
			smallest = rendition;
			least = side;
		}
	}
	return smallest;
}

static struct picture_known known_of(struct json_object *rendition)
{
	const char *format = json_string(rendition, "format");
	int64_t width = count_of(rendition, "width"), height = count_of(rendition, "height");
	struct picture_known known = {.bytes = (uint64_t)count_of(rendition, "bytes")};

	known.header = format && image_format_parse(format, &known.format) == 0 && width &&
		height && width <= INT_MAX && height <= INT_MAX;
	if (known.header)
		known.size = (struct size){(int)width, (int)height};
	return known;
}

void renditions_choose(const struct object_store *store, const struct record *record,
	const char *bucket, struct picture_place *place)
{
	struct object_name source = object_name_of(record, bucket);
	struct json_object *rendition = find_smallest(record);
	const char *key = rendition ? json_string(rendition, "key") : NULL;

	place->store = store;
	if (key && record_is(record, "dry_run") &&
		object_find(store, source.bucket, key, is_there, NULL, &(struct error){0}) != 1)
		key = NULL;
	if (key) {
		place->name = (struct object_name){.bucket = source.bucket, .key = key};
		place->known = known_of(rendition);
	} else {
		place->name = source;
		place->known = (struct picture_known){
			.bytes = (uint64_t)count_of(record_member(record, "source"), "bytes")};
	}
}

void renditions_release(struct rendition_made *made, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(made[i].key);
}
