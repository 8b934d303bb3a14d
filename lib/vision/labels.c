#include "vision/labels.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/record.h"
#include "vision/labels_backend.h"

static const struct labels_backend *const backends[] = {&labels_local, &labels_rekognition};

#define BACKENDS (sizeof(backends) / sizeof(backends[0]))

struct labeler {
	const struct labels_backend *backend;
	void *state;
};

struct labeler *labeler_open(
	const char *name, const struct labeler_settings *settings, struct error *err)
{
	for (size_t i = 0; i < BACKENDS; i++) {
		struct labeler *labeler;
		void *state;

		if (strcmp(name, backends[i]->name) != 0)
			continue;
		state = backends[i]->open(settings, err);
		if (!state)
			return NULL;
		labeler = memory_new(1, sizeof(*labeler));
		labeler->backend = backends[i];
		labeler->state = state;
		return labeler;
	}
	error_invalid(err, "no labeler is called '%s': there are local and rekognition", name);
	return NULL;
}

void labeler_free(struct labeler *labeler)
{
	if (labeler)
		labeler->backend->free(labeler->state);
	free(labeler);
}

int labeler_look(struct labeler *labeler, const struct picture_place *place, struct labels *labels,
	struct error *err)
{
	return labeler->backend->look(labeler->state, place, labels, err);
}

void labels_release(struct labels *labels)
{
	for (size_t i = 0; i < labels->count; i++) {
		struct label *label = &labels->label[i];

		for (size_t k = 0; k < label->parent_count; k++)
			free(label->parents[k]);
		free(label->parents);
		free(label->instances);
		free(label->name);
	}
	free(labels->label);
	*labels = (struct labels){0};
}

static double number(struct json_object *object, const char *name)
{
	return json_object_get_double(json_member(object, name));
}

static struct json_object *array(struct json_object *object, const char *name, size_t *count)
{
	struct json_object *list = json_member(object, name);

	*count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
	return list;
}

static void read_instances(struct json_object *from, struct label *label)
{
	size_t count;
	struct json_object *list = array(from, "instances", &count);

	label->instances = memory_new(count + 1, sizeof(*label->instances));
	for (size_t i = 0; i < count; i++) {
		struct json_object *instance = json_object_array_get_idx(list, i), *box = NULL;

		if (!json_object_is_type(instance, json_type_object) ||
			!json_object_object_get_ex(instance, "box", &box))
			continue;
		label->instances[label->instance_count++] =
			(struct label_instance){.confidence = number(instance, "confidence"),
				.box = {number(box, "left"), number(box, "top"),
					number(box, "width"), number(box, "height")}};
	}
}

int labels_read(const struct record *record, struct labels *labels, struct error *err)
{
	struct json_object *list = record_member(record, "labels");
	size_t count;

	if (!list)
		return 0;
	if (!json_object_is_type(list, json_type_array))
		return error_invalid(err, "the member labels is no list");
	count = json_object_array_length(list);
	labels->label = memory_new(count + 1, sizeof(*labels->label));
	for (size_t i = 0; i < count; i++) {
		struct json_object *from = json_object_array_get_idx(list, i);
		const char *name = json_string(from, "name");
		struct label *label = &labels->label[labels->count++];

		if (!name)
			return error_invalid(err, "a label without a name");
		label->name = memory_copy(name);
		label->confidence = number(from, "confidence");
		read_instances(from, label);
	}
	return 0;
}

static void tell_instance(const struct label_instance *instance, struct buffer *json)
{
	const struct label_box *box = &instance->box;
	struct buffer member = {0};

	buffer_byte(&member, '{');
	compose_fraction(&member, "left", box->left);
	compose_fraction(&member, "top", box->top);
	compose_fraction(&member, "width", box->width);
	compose_fraction(&member, "height", box->height);
	buffer_byte(&member, '}');
	buffer_byte(json, '{');
	compose_tenths(json, "confidence", instance->confidence);
	compose_json(json, "box", member.bytes);
	buffer_byte(json, '}');
	buffer_release(&member);
}

static void tell_label(const struct label *label, struct buffer *json)
{
	struct buffer list = {0};

	buffer_byte(json, '{');
	compose_string(json, "name", label->name);
	compose_tenths(json, "confidence", label->confidence);
	buffer_byte(&list, '[');
	for (size_t i = 0; i < label->instance_count; i++) {
		if (i)
			buffer_byte(&list, ',');
		tell_instance(&label->instances[i], &list);
	}
	buffer_byte(&list, ']');
	compose_json(json, "instances", list.bytes);
	buffer_clear(&list);
	buffer_byte(&list, '[');
	for (size_t i = 0; i < label->parent_count; i++) {
		if (i)
			buffer_byte(&list, ',');
		compose_text(&list, label->parents[i]);
	}
	buffer_byte(&list, ']');
	compose_json(json, "parents", list.bytes);
	buffer_byte(json, '}');
	buffer_release(&list);
}

void labels_tell(const struct labels *labels, struct record *record)
{
	struct buffer json = {0};

	buffer_byte(&json, '[');
	for (size_t i = 0; i < labels->count; i++) {
		if (i)
			buffer_byte(&json, ',');
		tell_label(&labels->label[i], &json);
	}
	buffer_byte(&json, ']');
	record_set_composed(record, "labels", &json);
	buffer_release(&json);
}
