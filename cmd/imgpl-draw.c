/* imgpl-draw: draw each record's labels onto its picture. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/stream.h"
#include "draw/font.h"
#include "draw/notes.h"
#include "image/image.h"
#include "pixel/pixels.h"
#include "store/object.h"
#include "store/output.h"
#include "store/picture.h"
#include "store/renditions.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"
#include "vision/labels.h"

/* Larger pictures are made so small. */
enum { MOST_SIDE = 2048 };

struct draw {
	struct object_store *store;
	const char *bucket;
	int64_t max_bytes;
	struct image_limits limits;
	const char *in_prefix, *out_prefix;
	struct font *font;
};

/* The notes of a picture, and the texts that they borrow. */
struct notes {
	struct note *note;
	char **text;
	size_t count;
};

static void add_note(
	struct notes *notes, const struct label *label, const struct label_instance *instance)
{
	const struct label_box *box = instance ? &instance->box : &(struct label_box){0};
	double confidence = instance ? instance->confidence : label->confidence;
	struct buffer text = {0};

	buffer_format(&text, "%s %.0f", label->name, confidence);
	notes->note = memory_resize(notes->note, notes->count + 1, sizeof(*notes->note));
	notes->text = memory_resize(notes->text, notes->count + 1, sizeof(*notes->text));
	notes->text[notes->count] = text.bytes;
	notes->note[notes->count++] = (struct note){.text = text.bytes,
		.has_box = instance != NULL,
		.left = box->left,
		.top = box->top,
		.width = box->width,
		.height = box->height};
}

/* A note a box, and one for each label without boxes. */
static void make_notes(const struct labels *labels, struct notes *notes)
{
	int color = 0;

	for (size_t i = 0; i < labels->count; i++) {
		const struct label *label = &labels->label[i];
		size_t first = notes->count;

		if (label->instance_count == 0)
			add_note(notes, label, NULL);
		for (size_t k = 0; k < label->instance_count; k++)
			add_note(notes, label, &label->instances[k]);
		for (size_t k = first; k < notes->count; k++)
			notes->note[k].color = color;
		color += label->instance_count > 0;
	}
}

static void release_notes(struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->text[i]);
	free(notes->text);
	free(notes->note);
}

static int write_picture(const struct draw *draw, const struct object_name *name,
	const struct pixels *pixels, bool dry_run, struct rendition_made *made, struct error *err)
{
	const struct rendition rendition = {.format = made->format, .quality = 85, .effort = 4};
	const struct object_name to = {.bucket = name->bucket, .key = made->key};
	struct stream out = {0};
	int rc = -1;

	if (dry_run)
		stream_to_nowhere(&out);
	else if (object_create(draw->store, &to, image_format_type(made->format), &out, err))
		return -1;
	if (image_encode(pixels, &rendition, &out, err) || stream_commit(&out, err)) {
		object_prefix(err, &to);
		goto out;
	}
	made->size = pixels->size;
	made->bytes = out.written;
	rc = 0;
out:
	stream_close(&out);
	return rc;
}

static int draw(struct record *record, void *state, struct error *err)
{
	const struct draw *draw = state;
	const struct object_name name = object_name_of(record, draw->bucket);
	struct picture_place place = {
		.max_bytes = (uint64_t)draw->max_bytes, .limits = draw->limits};
	struct rendition_made made = {0};
	struct labels labels = {0};
	struct notes notes = {0};
	struct pixels pixels = {0};
	int rc = -1;

	if (output_is(draw->out_prefix, name.key))
		return error_invalid(err, "%s: is a result already: it begins with %s", name.key,
			draw->out_prefix);
	if (renditions_refuse_twin(draw->store, &name, draw->in_prefix, err))
		return -1;
	if (labels_read(record, &labels, err)) {
		object_prefix(err, &name);
		goto out;
	}
	renditions_choose(draw->store, record, draw->bucket, &place);
	if (picture_read(&place, (struct size){MOST_SIDE, MOST_SIDE}, &pixels, &made.format, err))
		goto out;
	make_notes(&labels, &notes);
	notes_draw(&pixels, notes.note, notes.count, draw->font);
	made.key = output_key(
		draw->in_prefix, draw->out_prefix, RENDITIONS_LABELS, name.key, made.format);
	if (write_picture(draw, &name, &pixels, record_is(record, "dry_run"), &made, err))
		goto out;
	renditions_tell_another(RENDITIONS_LABELS, &made, record);
	rc = 0;
out:
	renditions_release(&made, 1);
	release_notes(&notes);
	pixels_release(&pixels);
	labels_release(&labels);
	return rc;
}

int main(int argc, char **argv)
{
	const char *store = "file:.";
	struct draw state = {.max_bytes = OBJECT_MAX_BYTES,
		.limits = IMAGE_LIMITS,
		.in_prefix = "uploads/",
		.out_prefix = "processed/"};
	struct filter filter = {.each = draw, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_IN_PREFIX(&state.in_prefix),
		OPTION_OUT_PREFIX(&state.out_prefix),
		OPTION_STORE(&store),
		OPTION_BUCKET(&state.bucket),
		OPTION_MAX_BYTES(&state.max_bytes),
		OPTION_MAX_PIXELS(&state.limits.max_pixels),
		OPTION_MAX_FRAMES(&state.limits.max_frames),
		OPTION_MAX_SCANS(&state.limits.max_scans),
		OPTION_MIN_SIDE(&state.limits.min_side),
		OPTION_JOBS(&filter.jobs),
		OPTION_DRY_RUN(&filter.dry_run),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Draw each record's labels onto its picture, as one more rendition.",
		.examples = {"imgpl-list photos/ | imgpl-resize | imgpl-label | imgpl-draw",
			"imgpl-draw < labelled | jq -r '.renditions[-1].key'"},
		.options = options,
		.versions = {record_versions, image_versions, font_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	state.store = object_store_open(store, state.bucket, &err);
	if (!state.store)
		report_no_start(&err);
	state.bucket = object_store_bucket(state.store);
	state.font = font_open(&err);
	if (!state.font)
		report_no_start(&err);
	status = filter_run(&filter, files);
	font_free(state.font);
	object_store_free(state.store);
	return status;
}
