/* imgpl-validate: say what each record's picture is, or refuse it. */
#include "base/compose.h"
#include "base/error.h"
#include "base/record.h"
#include "base/stream.h"
#include "image/image.h"
#include "image/limits.h"
#include "store/object.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"

struct validate {
	struct object_store *store;
	const char *bucket;
	int64_t max_bytes;
	struct image_limits limits;
	bool measures;
	struct image_quality_limits quality;
};

static void tell_quality(const struct image_quality *quality, struct buffer *image)
{
	struct buffer member = {0};

	buffer_byte(&member, '{');
	compose_tenths(&member, "sharpness", quality->sharpness);
	compose_tenths(&member, "brightness", quality->brightness);
	compose_tenths(&member, "contrast", quality->contrast);
	if (quality->jpeg_quality)
		compose_number(&member, "jpeg_quality", quality->jpeg_quality);
	buffer_byte(&member, '}');
	compose_json(image, "quality", member.bytes);
	buffer_release(&member);
}

/* Set the record's `image` to what the header says, and `quality`, unless it is NULL. */
static void tell(
	const struct image_info *info, const struct image_quality *quality, struct record *record)
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
	if (quality)
		tell_quality(quality, &image);
	buffer_byte(&image, '}');
	record_set_composed(record, "image", &image);
	buffer_release(&image);
}

/* Look at the picture, tell of it, and only then refuse it by its looks: the record says all. */
static int inspect(const struct validate *validate, struct stream *in, struct record *record,
	struct error *err)
{
	struct image *image = image_open(in, &validate->limits, err);
	struct image_quality quality;
	int rc = -1;

	if (!image)
		return -1;
	if (!validate->measures) {
		tell(image_info(image), NULL, record);
		rc = 0;
	} else if (image_measure(image, &quality, err) == 0) {
		tell(image_info(image), &quality, record);
		rc = limits_quality(&validate->quality, &quality, err);
	}
	image_free(image);
	return rc;
}

static int validate(struct record *record, void *state, struct error *err)
{
	const struct validate *validate = state;
	struct object_name name = object_name_of(record, validate->bucket);
	struct stream in = {0};
	int rc;

	if (object_open(validate->store, &name, (uint64_t)validate->max_bytes, &in, err))
		return -1;
	rc = inspect(validate, &in, record, err);
	if (rc)
		object_prefix(err, &name);
	stream_close(&in);
	return rc;
}

int main(int argc, char **argv)
{
	const char *store = "file:.";
	struct validate state = {.max_bytes = OBJECT_MAX_BYTES,
		.limits = IMAGE_LIMITS,
		.quality = IMAGE_QUALITY_NO_LIMITS};
	struct image_quality_limits *quality = &state.quality;
	struct filter filter = {.each = validate, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_STORE(&store),
		OPTION_BUCKET(&state.bucket),
		OPTION_MAX_BYTES(&state.max_bytes),
		OPTION_MAX_PIXELS(&state.limits.max_pixels),
		OPTION_MAX_FRAMES(&state.limits.max_frames),
		OPTION_MAX_SCANS(&state.limits.max_scans),
		OPTION_MIN_SIDE(&state.limits.min_side),
		OPTION_FLAG("quality", 0, &state.measures, "measure how the picture looks"),
		OPTION_NUMBER("min-sharpness", 0, "N", &quality->min_sharpness, 100,
			"refuse blurred pictures, 0 to 100"),
		OPTION_NUMBER("min-brightness", 0, "N", &quality->min_brightness, 100,
			"refuse dark pictures, 0 to 100"),
		OPTION_NUMBER("max-brightness", 0, "N", &quality->max_brightness, 100,
			"refuse bright pictures, 0 to 100"),
		OPTION_NUMBER("min-contrast", 0, "N", &quality->min_contrast, 100,
			"refuse flat pictures, 0 to 100"),
		OPTION_NUMBER("min-jpeg-quality", 0, "N", &quality->min_jpeg_quality, 100,
			"refuse JPEGs of lower quality, 0 to 100"),
		OPTION_JOBS(&filter.jobs),
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Say what each record's picture is, or refuse it.",
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
	state.measures = state.measures || limits_any_quality(quality);
	state.store = object_store_open(store, state.bucket, &err);
	if (!state.store)
		report_no_start(&err);
	state.bucket = object_store_bucket(state.store);
	status = filter_run(&filter, files);
	object_store_free(state.store);
	return status;
}
