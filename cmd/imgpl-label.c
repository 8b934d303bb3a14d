/* imgpl-label: say what is seen in each record's picture. */
#include <stdlib.h>

#include "base/error.h"
#include "base/record.h"
#include "store/object.h"
#include "store/renditions.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/place.h"
#include "tool/report.h"
#include "vision/labels.h"

struct label_state {
	struct object_store *store;
	const char *bucket;
	int64_t max_bytes;
	struct image_limits limits;
	struct labeler *labeler;
};

static int label(struct record *record, void *state, struct error *err)
{
	const struct label_state *label = state;
	struct picture_place place = {
		.max_bytes = (uint64_t)label->max_bytes, .limits = label->limits};
	struct labels labels = {0};
	int rc;

	renditions_choose(label->store, record, label->bucket, &place);
	rc = labeler_look(label->labeler, &place, &labels, err);
	if (rc == 0)
		labels_tell(&labels, record);
	if (rc == 0 && *labels.note)
		report_failure("%s", labels.note);
	labels_release(&labels);
	return rc;
}

int main(int argc, char **argv)
{
	const char *store = "file:.", *labeler = "local", *models = NULL;
	char *installed_models = place_installed("share/imgpl/models");
	char *runtime = place_installed("lib/imgpl");
	struct label_state state = {.max_bytes = OBJECT_MAX_BYTES, .limits = IMAGE_LIMITS};
	struct labeler_settings settings = {.max_labels = 10, .min_confidence = 70};
	struct filter filter = {.each = label, .state = &state, .jobs = 1};
	const struct option_def options[] = {
		OPTION_TEXT("labeler", "NAME", "IMGPL_LABELER", &labeler,
			"who looks: local or rekognition (local)"),
		OPTION_NUMBER("max-labels", 0, "N", &settings.max_labels, 1000,
			"tell no more than N of a picture (10)"),
		OPTION_NUMBER("min-confidence", 0, "PERCENT", &settings.min_confidence, 100,
			"tell none that is less sure (70)"),
		OPTION_TEXT("model-dir", "DIR", "IMGPL_MODELS", &models,
			"where the networks are (as installed)"),
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
		.purpose = "Say what is seen in each record's picture.",
		.examples = {"imgpl-list photos/ | imgpl-resize | imgpl-label | imgpl-store",
			"imgpl-label --min-confidence=50 < records | jq -c '[.key, "
			".labels[].name]'"},
		.options = options,
		.versions = {record_versions, image_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	settings.threads = filter_processors(filter.jobs);
	settings.models = models ? models : installed_models;
	settings.runtime = runtime;
	state.store = object_store_open(store, state.bucket, &err);
	if (!state.store)
		report_no_start(&err);
	state.bucket = object_store_bucket(state.store);
	state.labeler = labeler_open(labeler, &settings, &err);
	if (!state.labeler)
		report_no_start(&err);
	status = filter_run(&filter, files);
	labeler_free(state.labeler);
	object_store_free(state.store);
	free(runtime);
	free(installed_models);
	return status;
}
