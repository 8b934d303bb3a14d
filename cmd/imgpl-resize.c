/* imgpl-resize: make the renditions of each record's picture. */
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
	renditions_tell(&plan, made, record);
	rc = 0;
out:
	renditions_release(made, plan.count);
	image_free(image);
	stream_close(&in);
	return rc;
}

static int take_rendition(const char *value, void *target, struct error *err)
{
	return renditions_add(target, value, err);
}

static int take_keep(const char *value, void *target, struct error *err)
{
	return rendition_parse_keep(value, target) ? error_invalid(err, "none, copyright or all")
						   : 0;
}

static int take_background(const char *value, void *target, struct error *err)
{
	return rendition_parse_color(value, target) ? error_invalid(err, "a colour like #ffffff")
						    : 0;
}

static int take_kernel(const char *value, void *target, struct error *err)
{
	return kernel_parse(value, target)
		? error_invalid(err, "lanczos3, lanczos2, cubic, mitchell, linear or box")
		: 0;
}

int main(int argc, char **argv)
{
	const char *store = "file:.";
	struct rendition shared = {.background = {255, 255, 255}};
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
		OPTION_TAKE("background", "COLOR", NULL, take_background, shared.background,
			"where transparency ends (#ffffff)"),
		OPTION_FLAG("enlarge", 0, &shared.enlarge, "enlarge small pictures, too"),
		OPTION_TAKE("kernel", "NAME", NULL, take_kernel, &shared.kernel,
			"lanczos3, lanczos2, cubic, mitchell, linear, box"),
		OPTION_FLAG("linear", 0, &shared.linear, "scale in linear light; slower"),
		OPTION_FLAG("progressive", 0, &shared.progressive, "write progressive JPEGs"),
		OPTION_IN_PREFIX(&state.plan.in_prefix),
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
	renditions_settle(&state.plan, &shared);
	state.store = object_store_open(store, state.bucket, &err);
	if (!state.store)
		report_no_start(&err);
	state.bucket = object_store_bucket(state.store);
	status = filter_run(&filter, files);
	object_store_free(state.store);
	return status;
}
