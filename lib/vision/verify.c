#include "vision/verify.h"

#include <math.h>
#include <stdbool.h>

#include "pixel/pixels.h"

#include "vision/classifier.h"
#include "vision/taxonomy.h"
#include "vision/things.h"

/* The numbers were found as fuse.c says. */

/* A thing that the classifier sees, too, giving its label at least `enough`, is surer than the
 * detector says: its score is raised to this power. So is a person, of whom ImageNet's challenge
 * has no class, since the detector seldom errs there. */
enum { PERSON = 1 };
static const double enough = 0.2, power_of_confirmed = 0.7;

/* What the classifier gives less than that is less sure, down to so many times its score. */
static const double unconfirmed = 0.6;

/* What is looked at closer: at most so many things of a picture, of some size and score, with so
 * much of what is around them, of their sides. */
enum { CLOSER_LOOKS = 3 };
static const double least_area = 0.01, least_score = 0.5, around = 0.15;

struct verdict {
	bool made;
	double own;   /* what the classifier gives the label */
	double given; /* or the nearest that it is a kind of and the classifier knows; -1 is none */
};

static struct verdict hear(const struct taxonomy *taxonomy, int label, const double *probabilities)
{
	const struct taxonomy_label *of = &taxonomy->labels[label];
	struct verdict verdict = {
		.made = true, .given = taxonomy_probability(taxonomy, label, probabilities)};

	verdict.own = fmax(verdict.given, 0);
	for (int i = 0; verdict.given < 0 && i < of->ancestor_count; i++)
		verdict.given = taxonomy_probability(taxonomy, of->ancestors[i], probabilities);
	return verdict;
}

/* The thing's box and some of what is around it, in pixels. */
static struct window surroundings(const struct box *box, struct size size)
{
	double width = box->right - box->left, height = box->bottom - box->top;
	double left = fmax(box->left - around * width, 0) * size.width;
	double top = fmax(box->top - around * height, 0) * size.height;
	double right = fmin(box->right + around * width, 1) * size.width;
	double bottom = fmin(box->bottom + around * height, 1) * size.height;

	return (struct window){left, top, fmax(right - left, 1), fmax(bottom - top, 1)};
}

/* Hear what the classifier says of the thing alone, if that is more. */
static int look_closer(struct classifier *classifier, const struct taxonomy *taxonomy,
	const struct pixels *picture, const struct thing *thing, struct verdict *verdict,
	struct error *err)
{
	const struct view view =
		view_stretched(surroundings(&thing->box, picture->size), CLASSIFIER_SIDE);
	double probabilities[CLASSIFIER_CLASSES] = {0};
	struct verdict closer;

	if (classifier_look(classifier, picture, &view, 1, probabilities, err))
		return -1;
	classifier_settle(probabilities);
	closer = hear(taxonomy, taxonomy->detector[thing->class], probabilities);
	verdict->own = fmax(verdict->own, closer.own);
	verdict->given = fmax(verdict->given, closer.given);
	return 0;
}

static bool is_worth_a_look(const struct thing *thing)
{
	return (double)thing->score >= least_score && (double)box_area(&thing->box) >= least_area;
}

static double settle(double score, const struct verdict *verdict)
{
	if (verdict->own >= enough)
		return pow(score, power_of_confirmed);
	if (verdict->given < 0)
		return score;
	return score * (unconfirmed + (1 - unconfirmed) * fmin(verdict->given / enough, 1));
}

int verify(struct classifier *classifier, const struct taxonomy *taxonomy,
	const struct pixels *picture, const double *probabilities, struct thing *things,
	size_t count, struct error *err)
{
	struct verdict verdicts[DETECTOR_CLASSES] = {{0}};
	int looks = 0;

	for (size_t i = 0; i < count; i++) {
		struct thing *thing = &things[i];
		int label = taxonomy->detector[thing->class];
		struct verdict *verdict = &verdicts[thing->class];

		if (thing->class == PERSON)
			*verdict = (struct verdict){.made = true, .own = 1};
		if (label < 0)
			continue;
		if (!verdict->made) {
			*verdict = hear(taxonomy, label, probabilities);
			if (verdict->own < enough && is_worth_a_look(thing) &&
				looks++ < CLOSER_LOOKS &&
				look_closer(classifier, taxonomy, picture, thing, verdict, err))
				return -1;
		}
		thing->score = (float)settle((double)thing->score, verdict);
	}
	return 0;
}
