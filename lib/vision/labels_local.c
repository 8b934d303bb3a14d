#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include "pixel/pixels.h"

#include "vision/classifier.h"
#include "vision/detector.h"
#include "vision/fuse.h"
#include "vision/labels_backend.h"
#include "vision/network.h"
#include "vision/taxonomy.h"
#include "vision/things.h"
#include "vision/verify.h"

/* Pictures are looked at no larger than this: parts of them are seen by the networks as they are.
 */
enum { LOOK_SIDE = 1024 };

/* The two networks, one pair for all threads, since they are large. Each run takes all of the
 * processors that were asked for, so that threads lose nothing by waiting for it; they read and
 * decode side by side. */
struct local {
	struct network_library *library;
	struct taxonomy *taxonomy;
	struct detector *detector;
	struct classifier *classifier;
	pthread_mutex_t lock;
	int64_t max_labels, min_confidence;
};

static void local_free(void *state)
{
	struct local *local = state;

	detector_free(local->detector);
	classifier_free(local->classifier);
	network_library_free(local->library);
	taxonomy_free(local->taxonomy);
	pthread_mutex_destroy(&local->lock);
	free(local);
}

static int open_models(
	struct local *local, const struct labeler_settings *settings, struct error *err)
{
	struct buffer names = {0};
	int threads = (int)settings->threads;

	buffer_format(&names, "%s/labels.tsv", settings->models);
	local->taxonomy = taxonomy_read(names.bytes, err);
	buffer_release(&names);
	if (!local->taxonomy)
		return -1;
	local->detector = detector_open(local->library, settings->models, threads, err);
	if (!local->detector)
		return -1;
	local->classifier = classifier_open(local->library, settings->models, threads, err);
	return local->classifier ? 0 : -1;
}

static void *local_open(const struct labeler_settings *settings, struct error *err)
{
	struct local *local = memory_new(1, sizeof(*local));

	pthread_mutex_init(&local->lock, NULL);
	local->max_labels = settings->max_labels;
	local->min_confidence = settings->min_confidence;
	local->library = network_library_open(settings->runtime, err);
	if (local->library && open_models(local, settings, err) == 0)
		return local;
	local_free(local);
	return NULL;
}

static struct window whole(const struct pixels *picture)
{
	return (struct window){.width = picture->size.width, .height = picture->size.height};
}

/* A square in the middle, where photographs have what they are about. */
static struct window middle(const struct pixels *picture, double part)
{
	double width = picture->size.width, height = picture->size.height;
	double side = part * (width < height ? width : height);

	return (struct window){(width - side) / 2, (height - side) / 2, side, side};
}

static int classify(
	struct local *local, const struct pixels *picture, double *probabilities, struct error *err)
{
	const struct view views[] = {view_stretched(whole(picture), CLASSIFIER_SIDE),
		view_stretched(middle(picture, 0.9), CLASSIFIER_SIDE),
		view_stretched(middle(picture, 0.65), CLASSIFIER_SIDE)};
	size_t count = sizeof(views) / sizeof(views[0]);

	for (size_t i = 0; i < count; i++)
		if (classifier_look(local->classifier, picture, &views[i], 1 / (double)count,
			    probabilities, err))
			return -1;
	classifier_settle(probabilities);
	return 0;
}

/* What the detector found so far, and what its views show of the picture. */
struct sighting {
	struct detections found;
	struct box windows[THINGS_VIEWS];
	size_t views;
};

static int look_at(struct local *local, const struct pixels *picture, const struct view *view,
	struct sighting *sighting, struct error *err)
{
	const struct window *window = &view->window;
	float width = (float)picture->size.width, height = (float)picture->size.height;

	sighting->windows[sighting->views] = (struct box){(float)window->left / width,
		(float)window->top / height, (float)(window->left + window->width) / width,
		(float)(window->top + window->height) / height};
	return detector_look(
		local->detector, picture, view, (int)sighting->views++, &sighting->found, err);
}

/* Return whether there may be things so small that parts of the picture are worth a closer look. */
static bool has_small_things(const struct detections *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->item[i].score >= 0.2F && box_area(&found->item[i].box) < 0.03F)
			return true;
	return false;
}

/* Look at four parts, which overlap, so that what one cuts is whole in another. */
static int detect_parts(struct local *local, const struct pixels *picture,
	struct sighting *sighting, struct error *err)
{
	double width = picture->size.width, height = picture->size.height;

	for (int i = 0; i < 4; i++) {
		const struct window part = {
			i % 2 * 0.4 * width, i / 2 * 0.4 * height, 0.6 * width, 0.6 * height};
		const struct view view = view_letterboxed(part, DETECTOR_SIDE);

		if (look_at(local, picture, &view, sighting, err))
			return -1;
	}
	return 0;
}

/* Look at the whole, as it is, stretched, and both mirrored; and closer, if there are small things.
 */
static int detect(struct local *local, const struct pixels *picture, struct sighting *sighting,
	struct error *err)
{
	struct view views[4] = {view_letterboxed(whole(picture), DETECTOR_SIDE),
		view_stretched(whole(picture), DETECTOR_SIDE)};

	views[2] = views[0];
	views[3] = views[1];
	views[2].mirrored = views[3].mirrored = true;
	for (int i = 0; i < 4; i++)
		if (look_at(local, picture, &views[i], sighting, err))
			return -1;
	return has_small_things(&sighting->found) ? detect_parts(local, picture, sighting, err) : 0;
}

/* Find the things in a picture, and hear the classifier on them. They are the caller's. */
static int find_things(struct local *local, const struct pixels *picture, struct evidence *evidence,
	struct thing **things, struct error *err)
{
	struct sighting sighting = {0};
	int rc = detect(local, picture, &sighting, err);

	if (rc == 0) {
		evidence->things = *things = things_join(&sighting.found, sighting.windows,
			sighting.views, 0.1F, &evidence->thing_count);
		rc = verify(local->classifier, local->taxonomy, picture, evidence->probabilities,
			*things, evidence->thing_count, err);
	}
	detections_release(&sighting.found);
	return rc;
}

static int look(
	struct local *local, const struct pixels *picture, struct labels *labels, struct error *err)
{
	double probabilities[CLASSIFIER_CLASSES] = {0};
	struct evidence evidence = {.probabilities = probabilities};
	struct thing *things = NULL;
	int rc;

	pthread_mutex_lock(&local->lock);
	rc = classify(local, picture, probabilities, err);
	if (rc == 0)
		rc = find_things(local, picture, &evidence, &things, err);
	pthread_mutex_unlock(&local->lock);
	if (rc == 0)
		fuse(local->taxonomy, &evidence, local->max_labels, (double)local->min_confidence,
			labels);
	free(things);
	return rc;
}

static int local_look(
	void *state, const struct picture_place *place, struct labels *labels, struct error *err)
{
	const struct size box = {LOOK_SIDE, LOOK_SIDE};
	struct pixels pixels = {0};
	int rc = picture_read(place, box, &pixels, NULL, err);

	if (rc == 0)
		rc = look(state, &pixels, labels, err);
	pixels_release(&pixels);
	return rc;
}

const struct labels_backend labels_local = {
	.name = "local",
	.open = local_open,
	.free = local_free,
	.look = local_look,
};
