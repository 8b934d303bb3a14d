#include "vision/things.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Boxes of different views that share so much are of one thing. */
static const float same_place = 0.55F;

/* Of two things in one place, so much over one another, the surer one is there: if they are of one
 * class, and if they are of two. */
static const float one_class = 0.5F, two_classes = 0.8F;

/* A view that has less of a thing than this can't judge it. */
static const float in_view = 0.9F;

/* A thing of this share of a view's side is too small to be judged in it, and one of that is large
 * enough. */
static const float too_small = 0.1F, large_enough = 0.3F;

/* One place, and what each view says of it. */
struct place {
	struct box box; /* the mean of its detections, weighed by their scores */
	float weight;
	float score[THINGS_VIEWS][DETECTOR_CLASSES];
};

struct places {
	struct place *place;
	size_t count, room;
};

static int compare_scores(const void *left, const void *right)
{
	const struct detection *a = left, *b = right;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return a->class != b->class ? a->class - b->class : a->view - b->view;
}

static int compare_things(const void *left, const void *right)
{
	const struct thing *a = left, *b = right;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return a->class - b->class;
}

/* Return the place where `detection` is, a new one if need be. */
static struct place *find_place(struct places *places, const struct detection *detection)
{
	struct place *best = NULL;
	float most = same_place;

	for (size_t i = 0; i < places->count; i++) {
		float overlap = box_overlap(&places->place[i].box, &detection->box);

		if (overlap > most) {
			most = overlap;
			best = &places->place[i];
		}
	}
	if (best)
		return best;
	if (places->count == places->room) {
		places->room = places->room ? 2 * places->room : 32;
		places->place = memory_resize(places->place, places->room, sizeof(*places->place));
	}
	best = &places->place[places->count++];
	*best = (struct place){0};
	return best;
}

static float mean(float a, float a_weight, float b, float b_weight)
{
	return (a * a_weight + b * b_weight) / (a_weight + b_weight);
}

static void add_to_place(struct place *place, const struct detection *detection)
{
	const struct box *box = &detection->box;
	float *score = &place->score[detection->view][detection->class];

	if (*score >= detection->score)
		return;
	*score = detection->score;
	place->box.left = mean(place->box.left, place->weight, box->left, *score);
	place->box.top = mean(place->box.top, place->weight, box->top, *score);
	place->box.right = mean(place->box.right, place->weight, box->right, *score);
	place->box.bottom = mean(place->box.bottom, place->weight, box->bottom, *score);
	place->weight += *score;
}

/* Return how much of a box the window shows. */
static float part_in(const struct box *box, const struct box *window)
{
	const struct box both = {fmaxf(box->left, window->left), fmaxf(box->top, window->top),
		fminf(box->right, window->right), fminf(box->bottom, window->bottom)};
	float area = box_area(box);

	return area > 0 ? box_area(&both) / area : 0;
}

/* Return how much the opinion of a view counts. */
static float weigh(const struct box *box, const struct box *window)
{
	float side, weight;

	if (part_in(box, window) < in_view)
		return 0;
	side = sqrtf(box_area(box) / box_area(window));
	weight = (side - too_small) / (large_enough - too_small);
	return fminf(fmaxf(weight, 0.02F), 1);
}

/* Set the class that the views that show the place agree upon best. */
static void judge(const struct place *place, const struct box *windows, size_t view_count,
	struct thing *thing)
{
	float sum[DETECTOR_CLASSES] = {0}, weights = 0;

	for (size_t v = 0; v < view_count; v++) {
		float weight = weigh(&place->box, &windows[v]);

		weights += weight;
		for (int class = 0; class < DETECTOR_CLASSES && weight > 0; class ++)
			sum[class] += weight * place->score[v][class];
	}
	*thing = (struct thing){.box = place->box};
	for (int class = 1; class < DETECTOR_CLASSES && weights > 0; class ++) {
		if (sum[class] / weights > thing->score) {
			thing->class = class;
			thing->score = sum[class] / weights;
		}
	}
}

/* Keep the surest of things in one place; return how many are left. */
static size_t thin(struct thing *things, size_t count)
{
	size_t kept = 0;

	qsort(things, count, sizeof(*things), compare_things);
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < kept &&
			box_overlap(&things[k].box, &things[i].box) <=
				(things[k].class == things[i].class ? one_class : two_classes))
			k++;
		if (k == kept)
			things[kept++] = things[i];
	}
	return kept;
}

struct thing *things_join(struct detections *found, const struct box *windows, size_t view_count,
	float least_score, size_t *count)
{
	struct places places = {0};
	struct thing *things;

	if (found->count > 0)
		qsort(found->item, found->count, sizeof(*found->item), compare_scores);
	for (size_t i = 0; i < found->count; i++) {
		const struct detection *detection = &found->item[i];

		add_to_place(find_place(&places, detection), detection);
	}
	things = memory_new(places.count + 1, sizeof(*things));
	*count = 0;
	for (size_t i = 0; i < places.count; i++) {
		judge(&places.place[i], windows, view_count, &things[*count]);
		if (things[*count].score >= least_score)
			(*count)++;
	}
	*count = thin(things, *count);
	free(places.place);
	return things;
}
