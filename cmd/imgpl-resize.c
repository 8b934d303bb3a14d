/* imgpl-resize: make the renditions of each record's picture. */
#include <string.h>

#include "base/compose.h"
#include "base/error.h"
#include "base/record.h"
#include "base/stream.h"
#include "image/image.h"
#include "store/object.h"
#include "store/output.h"
#include "store/renditions.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"

struct resize {
	struct object_store *store;
	const char *bucket;
	int64_t max_bytes;
	struct image_limits limits;
	struct renditions_plan plan;
};

static void describe(
	struct buffer *json, const struct rendition_spec *spec, const struct rendition_made *made)
{
	buffer_byte(json, '{');
	compose_string(json, "name", spec->name);
	compose_string(json, "key", made->key);
	compose_number(json, "width", made->size.width);
	compose_number(json, "height", made->size.height);
	compose_string(json, "format", image_format_name(made->format));
	compose_string(json, "content_type", image_format_type(made->format));
	compose_number(json, "bytes", (int64_t)made->bytes);
	buffer_byte(json, '}');
}

/* Tell the record what was made; the first rendition is the one that processed_key names. */
static void tell(const struct renditions_plan *plan, const struct rendition_made *made,
	struct record *record)
{
	struct buffer renditions = {0};

	for (size_t i = 0; i < plan->count; i++) {
		buffer_byte(&renditions, i ? ',' : '[');
		describe(&renditions, &plan->specs[i], &made[i]);
	}
	buffer_byte(&renditions, ']');
	record_set_string(record, "processed_key", made[0].key);
	record_set_json(record, "renditions", renditions.bytes);
	buffer_release(&renditions);
}

static int resize(struct record *record, void *state, struct error *err)
{
	const struct resize *resize = state;
	struct object_name name = object_name_of(record, resize->bucket);
	struct renditions_plan plan = resize->plan;
	struct rendition_made made[RENDITIONS_MOST] = {{0}};
	struct stream in = {0};
	struct image *image = NULL;
	int rc = -1;

	if (output_is(plan.out_prefix, name.key))
		return error_invalid(err, "%s: is a result already: it begins with %s", name.key,
			plan.out_prefix);
	if (object_open(resize->store, &name, (uint64_t)resize->max_bytes, &in, err))
		goto out;
	image = image_open(&in, &resize->limits, err);
	if (!image) {
		object_prefix(err, &name);
		goto out;
	}
	plan.dry_run = record_is(record, "dry_run");
	if (renditions_make(resize->store, &name, image, &plan, made, err))
		goto out;
	tell(&plan, made, record);
	rc = 0;
out:
	renditions_release(made, plan.count);
	image_free(image);
	stream_close(&in);
	return rc;
}

static int take_rendition(const char *value, void *target, struct error *err)
{
	struct renditions_plan *plan = target;
	struct rendition_spec *spec = &plan->specs[plan->count];

	if (plan->count == RENDITIONS_MOST)
		return error_invalid(err, "no more than %d renditions", RENDITIONS_MOST);
	*spec = (struct rendition_spec){
		.same_format = true, .rendition = {.quality = 80, .effort = 4}};
	if (rendition_parse(value, spec, err))
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->specs[i].name, spec->name) == 0)
			return error_invalid(err, "a name that no other rendition has");
	plan->count++;
	return 0;
}

static int take_keep(const char *value, void *target, struct error *err)
{
	enum image_keep *keep = target;

	if (strcmp(value, "none") == 0)
		*keep = KEEP_NONE;
	else if (strcmp(value, "copyright") == 0)
		*keep = KEEP_COPYRIGHT;
	else if (strcmp(value, "all") == 0)
		*keep = KEEP_ALL;
	else
		return error_invalid(err, "none, copyright or all");
	return 0;
}

static int take_background(const char *value, void *target, struct error *err)
{
	return rendition_parse_color(value, target) ? error_invalid(err, "a colour like #ffffff")
						    : 0;
}

/* Complete the renditions with what holds for all of them, whatever the options' order was. */
static void settle(struct renditions_plan *plan, bool enlarge, const unsigned char background[3])
{
	if (plan->count == 0)
		take_rendition("main=1024x1024", plan, &(struct error){0});
	for (size_t i = 0; i < plan->count; i++) {
		plan->specs[i].rendition.enlarge = enlarge;
		memcpy(plan->specs[i].rendition.background, background, 3);
	}
}

int main(int argc, char **argv)
{
	const char *store = "file:.";
	bool enlarge = false;
	unsigned char background[3] = {255, 255, 255};
	struct resize state = {
		.max_bytes = OBJECT_MAX_BYTES,
		.limits = IMAGE_LIMITS,
		.plan = {.in_prefix = "uploads/", .out_prefix = "processed/"},
	};
	struct filter filter = {.each = resize, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_TAKE("rendition", "NAME=WxH", NULL, take_rendition, &state.plan,
			"make this one, too (main=1024x1024)"),
		OPTION_TAKE("keep", "WHAT", NULL, take_keep, &state.plan.keep,
			"metadata: none, copyright or all (none)"),
		OPTION_TAKE("background", "COLOR", NULL, take_background, background,
			"where transparency ends (#ffffff)"),
		OPTION_FLAG("enlarge", 0, &enlarge, "enlarge small pictures, too"),
		OPTION_TEXT("in-prefix", "PREFIX", NULL, &state.plan.in_prefix,
			"what results' keys leave out (uploads/)"),
		OPTION_OUT_PREFIX(&state.plan.out_prefix),
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
		.purpose = "Make the renditions of each record's picture: upright, in sRGB.",
		.examples = {"imgpl-list photos/ | imgpl-resize -j 4 | imgpl-store",
			"imgpl-resize --rendition=thumb=320x320,fit=cover,format=webp < records"},
		.options = options,
		.versions = {record_versions, image_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	settle(&state.plan, enlarge, background);
	state.store = object_store_open(store, &err);
	if (!state.store)
		report_no_start(&err);
	status = filter_run(&filter, files);
	object_store_free(state.store);
	return status;
}
