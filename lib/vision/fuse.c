#include "vision/fuse.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/*
 * The numbers below were found on the photographs of tests/labels/tuned.tsv; those of held-out.tsv
 * tell how good they are (scripts/score-labels).
 */

/* How sure the classifier's probabilities make a label: to what power they are raised. The network
 * was taught with smoothed labels, and its views are averaged, so it is surer of a label with its
 * kinds than the sum of them says. But it has to choose among what it knows, and the world has
 * more: of a label that has no kinds it is less sure. */
static const double power_of_kinds = 0.5, power_of_hints = 0.6, power_of_special = 4;

/* A label that may be told. */
struct candidate {
	int label;	   /* in the taxonomy */
	int depth;	   /* its ancestors: of equally sure ones the more special comes first */
	double confidence; /* 0 to 1 */
};

static int compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->confidence != b->confidence)
		return a->confidence < b->confidence ? 1 : -1;
	return a->depth != b->depth ? b->depth - a->depth : a->label - b->label;
}

static void raise_to(double *confidence, double to)
{
	*confidence = fmax(*confidence, to);
}

/* Raise a label, and all that it is a kind of. */
static void raise_with_ancestors(
	const struct taxonomy *taxonomy, int label, double to, double *confidence)
{
	const struct taxonomy_label *of = &taxonomy->labels[label];

	raise_to(&confidence[label], to);
	for (int i = 0; i < of->ancestor_count; i++)
		raise_to(&confidence[of->ancestors[i]], to);
}

/* What the classifier's classes hint at. */
static void take_hints(
	const struct taxonomy *taxonomy, const double *probabilities, double *confidence)
{
	double *hinted = memory_new((size_t)taxonomy->count + 1, sizeof(*hinted));

	for (int i = 0; i < taxonomy->hint_count; i++) {
		const struct taxonomy_hint *hint = &taxonomy->hints[i];

		hinted[hint->label] += hint->probability * probabilities[hint->class];
	}
	for (int label = 0; label < taxonomy->count; label++)
		if (hinted[label] > 0)
			raise_with_ancestors(
				taxonomy, label, pow(hinted[label], power_of_hints), confidence);
	free(hinted);
}

/* How sure the classifier is of each label. */
static void take_classes(
	const struct taxonomy *taxonomy, const double *probabilities, double *confidence)
{
	for (int label = 0; label < taxonomy->count; label++)
		confidence[label] = pow(
			fmax(taxonomy_probability(taxonomy, label, probabilities), 0),
			taxonomy->labels[label].has_kinds ? power_of_kinds : power_of_special);
	take_hints(taxonomy, probabilities, confidence);
}

/* Things that are sure enough make their labels as sure. */
static void take_things(const struct taxonomy *taxonomy, const struct evidence *evidence,
	double least, double *confidence)
{
	for (size_t i = 0; i < evidence->thing_count; i++) {
		const struct thing *thing = &evidence->things[i];
		int label = taxonomy->detector[thing->class];

		if (label >= 0 && (double)thing->score >= least)
			raise_with_ancestors(taxonomy, label, (double)thing->score, confidence);
	}
}

static int compare_instances(const void *left, const void *right)
{
	const struct label_instance *a = left, *b = right;

	return a->confidence < b->confidence ? 1 : a->confidence > b->confidence ? -1 : 0;
}

/* The things of a label that are sure enough, the surest first. */
static void add_instances(const struct taxonomy *taxonomy, const struct evidence *evidence,
	double least, int of, struct label *label)
{
	label->instances = memory_new(evidence->thing_count + 1, sizeof(*label->instances));
	for (size_t i = 0; i < evidence->thing_count; i++) {
		const struct thing *thing = &evidence->things[i];
		const struct box *box = &thing->box;

		if (taxonomy->detector[thing->class] != of || (double)thing->score < least)
			continue;
		label->instances[label->instance_count++] =
			(struct label_instance){.confidence = 100 * (double)thing->score,
				.box = {box->left, box->top, box->right - box->left,
					box->bottom - box->top}};
	}
	qsort(label->instances, label->instance_count, sizeof(*label->instances),
		compare_instances);
}

static void add_label(const struct taxonomy *taxonomy, const struct evidence *evidence,
	const struct candidate *candidate, double least, struct labels *labels)
{
	const struct taxonomy_label *from = &taxonomy->labels[candidate->label];
	struct label *label = &labels->label[labels->count++];

	label->name = memory_copy(from->name);
	label->confidence = 100 * candidate->confidence;
	label->parents = memory_new((size_t)from->ancestor_count + 1, sizeof(*label->parents));
	for (int i = 0; i < from->ancestor_count; i++)
		label->parents[label->parent_count++] =
			memory_copy(taxonomy->labels[from->ancestors[i]].name);
	add_instances(taxonomy, evidence, least, candidate->label, label);
}

/* The labels that are sure enough, in order. Return how many. */
static size_t choose(const struct taxonomy *taxonomy, const double *confidence, double least,
	struct candidate *candidates)
{
	size_t count = 0;

	for (int i = 0; i < taxonomy->count; i++)
		if (confidence[i] >= least && confidence[i] > 0)
			candidates[count++] = (struct candidate){.label = i,
				.depth = taxonomy->labels[i].ancestor_count,
				.confidence = fmin(confidence[i], 1)};
	qsort(candidates, count, sizeof(*candidates), compare);
	return count;
}

void fuse(const struct taxonomy *taxonomy, const struct evidence *evidence, int64_t max_labels,
	double min_confidence, struct labels *labels)
{
	size_t all = (size_t)taxonomy->count + 1, count;
	double *confidence = memory_new(all, sizeof(*confidence));
	struct candidate *candidates = memory_new(all, sizeof(*candidates));
	double least = min_confidence / 100;

	take_classes(taxonomy, evidence->probabilities, confidence);
	take_things(taxonomy, evidence, least, confidence);
	count = choose(taxonomy, confidence, least, candidates);
	labels->label = memory_new(count + 1, sizeof(*labels->label));
	for (size_t i = 0; i < count && (int64_t)i < max_labels; i++)
		add_label(taxonomy, evidence, &candidates[i], least, labels);
	free(candidates);
	free(confidence);
}
