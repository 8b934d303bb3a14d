#include "vision/classifier.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

#include "vision/network.h"

/* Of ImageNet's classes the first 398 are animals, far more than of what people photograph; so an
 * animal's probability counts this much (Saerens et al. 2002). Unsure of a texture, the network
 * would see one. */
enum { ANIMALS = 398 };
static const double animal_share = 0.4;

struct classifier {
	struct network *network;
};

static const struct network_input input = {
	.side = CLASSIFIER_SIDE, .zero = 128, .scale = 128, .outputs = {"logits"}};

struct classifier *classifier_open(
	const struct network_library *library, const char *models, int threads, struct error *err)
{
	struct classifier *classifier = memory_new(1, sizeof(*classifier));

	classifier->network =
		network_open(library, models, "classifier.onnx", &input, threads, err);
	if (classifier->network)
		return classifier;
	classifier_free(classifier);
	return NULL;
}

void classifier_free(struct classifier *classifier)
{
	if (classifier)
		network_free(classifier->network);
	free(classifier);
}

int classifier_look(struct classifier *classifier, const struct pixels *picture,
	const struct view *view, double weight, double probabilities[CLASSIFIER_CLASSES],
	struct error *err)
{
	struct runtime_output output = {.name = "logits", .count = CLASSIFIER_CLASSES};
	double each[CLASSIFIER_CLASSES], most = -INFINITY, sum = 0;

	if (view_paint(view, picture, &input, network_room(classifier->network), err) ||
		network_run(classifier->network, &output, 1, err))
		return -1;
	for (int i = 0; i < CLASSIFIER_CLASSES; i++)
		most = fmax(most, output.values[i]);
	for (int i = 0; i < CLASSIFIER_CLASSES; i++)
		sum += each[i] = exp(output.values[i] - most);
	if (!isfinite(sum))
		return error_internal(err, "the classifier yields no numbers");
	for (int i = 0; i < CLASSIFIER_CLASSES; i++)
		probabilities[i] += weight * each[i] / sum;
	return 0;
}

void classifier_settle(double probabilities[CLASSIFIER_CLASSES])
{
	double sum = 0;

	for (int i = 1; i <= ANIMALS; i++)
		probabilities[i] *= animal_share;
	for (int i = 0; i < CLASSIFIER_CLASSES; i++)
		sum += probabilities[i];
	for (int i = 0; i < CLASSIFIER_CLASSES && sum > 0; i++)
		probabilities[i] /= sum;
}
