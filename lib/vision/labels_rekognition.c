#include <stdlib.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/aws.h"
#include "vision/labels_backend.h"
#include "vision/rekognition_image.h"
#include "vision/rekognition_labels.h"

/* Bytes of an answer: with all that is told beside them, 1000 labels are hardly more. */
enum { MAX_ANSWER = 4 << 20 };

static const struct aws_service service = {.name = "rekognition",
	.variable = "REKOGNITION",
	.target = "RekognitionService",
	.content_type = "application/x-amz-json-1.1"};

struct rekognition {
	struct aws *aws;
	int64_t max_labels, min_confidence;
};

static void rekognition_free(void *state)
{
	struct rekognition *rekognition = state;

	aws_free(rekognition->aws);
	free(rekognition);
}

static void *rekognition_open(const struct labeler_settings *settings, struct error *err)
{
	struct aws *aws = aws_open(&service, err);
	struct rekognition *rekognition;

	if (!aws)
		return NULL;
	rekognition = memory_new(1, sizeof(*rekognition));
	rekognition->aws = aws;
	rekognition->max_labels = settings->max_labels;
	rekognition->min_confidence = settings->min_confidence;
	return rekognition;
}

static int detect(const struct rekognition *rekognition, const struct buffer *image,
	struct labels *labels, struct error *err)
{
	struct buffer input = {0};
	struct json_object *output;
	int rc;

	buffer_byte(&input, '{');
	compose_json(&input, "Image", image->bytes);
	compose_number(&input, "MaxLabels", rekognition->max_labels);
	compose_number(&input, "MinConfidence", rekognition->min_confidence);
	buffer_byte(&input, '}');
	rc = aws_json(rekognition->aws, "DetectLabels", &input, MAX_ANSWER, &output, NULL, err);
	buffer_release(&input);
	if (rc)
		return -1;
	rc = rekognition_labels(
		output, rekognition->max_labels, rekognition->min_confidence, labels, err);
	if (rc)
		error_prefix(err, "DetectLabels");
	json_object_put(output);
	return rc;
}

static int rekognition_look(
	void *state, const struct picture_place *place, struct labels *labels, struct error *err)
{
	struct buffer image = {0};
	int rc = rekognition_image(place, &image, labels->note, sizeof(labels->note), err);

	if (rc == 0 && detect(state, &image, labels, err))
		rc = object_prefix(err, &place->name);
	buffer_release(&image);
	return rc < 0 ? -1 : 0;
}

const struct labels_backend labels_rekognition = {
	.name = "rekognition",
	.open = rekognition_open,
	.free = rekognition_free,
	.look = rekognition_look,
};
