/* imgpl-validate: say what each record's picture is, from its header, or refuse it. */
#include "base/compose.h"
#include "base/error.h"
#include "base/record.h"
#include "base/stream.h"
#include "image/image.h"
#include "store/object.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"

struct validate {
	struct object_store *store;
	const char *bucket;
	int64_t max_bytes;
	struct image_limits limits;
};

/* Set the record's `image` to what the header says. */
static void tell(const struct image_info *info, struct record *record)
{
	struct buffer image = {0};

	buffer_byte(&image, '{');
	compose_string(&image, "format", image_format_name(info->format));
	compose_number(&image, "width", info->size.width);
	compose_number(&image, "height", info->size.height);
	compose_number(&image, "orientation", info->orientation);
	compose_number(&image, "frames", info->frames);
	if (info->profile[0])
		compose_string(&image, "profile", info->profile);
	buffer_byte(&image, '}');
	record_set_json(record, "image", image.bytes);
	buffer_release(&image);
}

static int validate(struct record *record, void *state, struct error *err)
{
	const struct validate *validate = state;
	struct object_name name = object_name_of(record, validate->bucket);
	struct stream in = {0};
	struct image *image = NULL;
	int rc = -1;

	if (object_open(validate->store, &name, (uint64_t)validate->max_bytes, &in, err))
		goto out;
	image = image_open(&in, &validate->limits, err);
	if (!image) {
		object_prefix(err, &name);
		goto out;
	}
	tell(image_info(image), record);
	rc = 0;
out:
	image_free(image);
	stream_close(&in);
	return rc;
}

int main(int argc, char **argv)
{
	const char *store = "file:.";
	struct validate state = {.max_bytes = OBJECT_MAX_BYTES, .limits = IMAGE_LIMITS};
	struct filter filter = {.each = validate, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_STORE(&store),
		OPTION_BUCKET(&state.bucket),
		OPTION_MAX_BYTES(&state.max_bytes),
		OPTION_MAX_PIXELS(&state.limits.max_pixels),
		OPTION_MAX_FRAMES(&state.limits.max_frames),
		OPTION_MAX_SCANS(&state.limits.max_scans),
		OPTION_MIN_SIDE(&state.limits.min_side),
		OPTION_JOBS(&filter.jobs),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Say what each record's picture is, from its header, or refuse it.",
		.examples = {"imgpl-list photos/ | imgpl-validate | jq -c '[.key, .image.width]'",
			"imgpl-validate --max-pixels=24000000 < records > checked"},
		.options = options,
		.versions = {record_versions, image_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	state.store = object_store_open(store, &err);
	if (!state.store)
		report_no_start(&err);
	status = filter_run(&filter, files);
	object_store_free(state.store);
	return status;
}
