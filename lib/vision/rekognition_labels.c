#include "vision/rekognition_labels.h"

#include <stdbool.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "vision/labels.h"

/* An answer's lists may be missing, or null; -1 if one is no list. */
static int find_list(struct json_object *object, const char *name, struct json_object **list,
	size_t *count, struct error *err)
{
	*list = NULL;
	*count = 0;
	if (json_object_object_get_ex(object, name, list) && *list) {
		if (!json_object_is_type(*list, json_type_array))
			return error_transient(err, "an answer whose %s are no list", name);
		*count = json_object_array_length(*list);
	}
	return 0;
}

static double clamp(double value, double most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static int read_number(
	struct json_object *object, const char *name, double *value, struct error *err)
{
	struct json_object *number = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, name, &number);
	if (!json_object_is_type(number, json_type_double) &&
		!json_object_is_type(number, json_type_int))
		return error_transient(err, "an answer without the number %s", name);
	*value = json_object_get_double(number);
	return 0;
}

/* Read a box, and cut off what is outside of the picture. */
static int read_box(struct json_object *from, struct label_box *box, struct error *err)
{
	double left = 0, top = 0, width = 0, height = 0;

	if (read_number(from, "Left", &left, err) || read_number(from, "Top", &top, err) ||
		read_number(from, "Width", &width, err) ||
		read_number(from, "Height", &height, err))
		return -1;
	box->left = clamp(left, 1);
	box->top = clamp(top, 1);
	box->width = clamp(left + width, 1) - box->left;
	box->height = clamp(top + height, 1) - box->top;
	return 0;
}

/* Some labels have instances without a box; they say no more than the label. */
static int read_instances(
	struct json_object *from, double least, struct label *label, struct error *err)
{
	struct json_object *list;
	size_t count;

	if (find_list(from, "Instances", &list, &count, err))
		return -1;
	label->instances = memory_new(count + 1, sizeof(*label->instances));
	for (size_t i = 0; i < count; i++) {
		struct json_object *instance = json_object_array_get_idx(list, i), *box = NULL;
		struct label_instance read;

		if (!json_object_is_type(instance, json_type_object))
			return error_transient(err, "an answer with an instance that is none");
		if (!json_object_object_get_ex(instance, "BoundingBox", &box) || !box)
			continue;
		if (read_number(instance, "Confidence", &read.confidence, err) ||
			read_box(box, &read.box, err))
			return -1;
		read.confidence = clamp(read.confidence, 100);
		if (read.confidence >= least && read.box.width > 0 && read.box.height > 0)
			label->instances[label->instance_count++] = read;
	}
	return 0;
}

static int read_parents(struct json_object *from, struct label *label, struct error *err)
{
	struct json_object *list;
	size_t count;

	if (find_list(from, "Parents", &list, &count, err))
		return -1;
	label->parents = memory_new(count + 1, sizeof(*label->parents));
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string(json_object_array_get_idx(list, i), "Name");

		if (!name)
			return error_transient(err, "an answer with a parent without a name");
		label->parents[label->parent_count++] = memory_copy(name);
	}
	return 0;
}

/* Read a label into a place that is counted among the labels already. */
static int read_label(
	struct json_object *from, double least, struct label *label, struct error *err)
{
	const char *name = json_string(from, "Name");

	if (!name || !*name)
		return error_transient(err, "an answer with a label without a name");
	label->name = memory_copy(name);
	if (read_number(from, "Confidence", &label->confidence, err))
		return -1;
	label->confidence = clamp(label->confidence, 100);
	return read_instances(from, least, label, err) || read_parents(from, label, err) ? -1 : 0;
}

/* Move the last label before all that are less sure. */
static void sort_in_last(struct labels *labels)
{
	size_t at = labels->count - 1;
	struct label last = labels->label[at];

	for (; at > 0 && labels->label[at - 1].confidence < last.confidence; at--)
		labels->label[at] = labels->label[at - 1];
	labels->label[at] = last;
}

static void drop_unsure(struct labels *labels, double least)
{
	while (labels->count > 0 && labels->label[labels->count - 1].confidence < least) {
		struct labels last = {.label = memory_new(1, sizeof(struct label)), .count = 1};

		last.label[0] = labels->label[--labels->count];
		labels_release(&last);
	}
}

int rekognition_labels(struct json_object *answer, int64_t most, int64_t least,
	struct labels *labels, struct error *err)
{
	struct json_object *list = NULL;
	size_t count;

	if (find_list(answer, "Labels", &list, &count, err))
		return -1;
	if (!list)
		return error_transient(err, "an answer without Labels");
	if (count > (size_t)most)
		count = (size_t)most;
	labels->label = memory_new(count + 1, sizeof(*labels->label));
	for (size_t i = 0; i < count; i++) {
		labels->count++;
		if (read_label(json_object_array_get_idx(list, i), (double)least, &labels->label[i],
			    err))
			return -1;
		sort_in_last(labels);
	}
	drop_unsure(labels, (double)least);
	return 0;
}
