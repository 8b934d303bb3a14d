#include "vision/detector.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#include "pixel/pixels.h"

#include "vision/network.h"

/* Scores below this say nothing. */
static const float least_score = 0.15F;

/* Two boxes of one class in one view that share so much are one thing. */
static const float same_thing = 0.5F;

/* Centre and sides, as fractions of the square. */
struct anchor {
	float y, x, height, width;
};

struct detector {
	struct network *network;
	struct anchor anchors[DETECTOR_ANCHORS];
};

static const struct network_input input = {
	.side = DETECTOR_SIDE, .zero = 127.5F, .scale = 127.5F, .outputs = {"boxes", "scores"}};

/* Grids of anchors, from fine to coarse; each has in every cell a box of its scale in five shapes,
 * and a square between its scale and the next. The first has three, one of them small. These are
 * the defaults of TensorFlow's object detection for this network
 * (multiple_grid_anchor_generator.py). */
enum { GRIDS = 6, SHAPES = 6 };

static int shape_cell(int grid, struct anchor shapes[SHAPES])
{
	static const float ratios[] = {1, 2, 0.5F, 3, 0.3333F};
	float scale = 0.2F + 0.75F * (float)grid / (GRIDS - 1);
	float next = grid + 1 < GRIDS ? 0.2F + 0.75F * (float)(grid + 1) / (GRIDS - 1) : 1;
	int count = 0, ratio = 0, last = 5;

	if (grid == 0) {
		shapes[count++] = (struct anchor){.height = 0.1F, .width = 0.1F};
		ratio = 1;
		last = 3;
	}
	for (; ratio < last; ratio++, count++)
		shapes[count] = (struct anchor){.height = scale / sqrtf(ratios[ratio]),
			.width = scale * sqrtf(ratios[ratio])};
	if (grid > 0) {
		shapes[count].height = shapes[count].width = sqrtf(scale * next);
		count++;
	}
	return count;
}

static void make_anchors(struct anchor *anchor)
{
	static const int cells[GRIDS] = {19, 10, 5, 3, 2, 1};

	for (int grid = 0; grid < GRIDS; grid++) {
		struct anchor shapes[SHAPES] = {{0}};
		int count = shape_cell(grid, shapes);
		float side = (float)cells[grid];

		for (int cell = 0; cell < cells[grid] * cells[grid]; cell++) {
			for (int i = 0; i < count; i++, anchor++) {
				*anchor = shapes[i];
				anchor->y = ((float)(cell / cells[grid]) + 0.5F) / side;
				anchor->x = ((float)(cell % cells[grid]) + 0.5F) / side;
			}
		}
	}
}

struct detector *detector_open(
	const struct network_library *library, const char *models, int threads, struct error *err)
{
	struct detector *detector = memory_new(1, sizeof(*detector));

	make_anchors(detector->anchors);
	detector->network = network_open(library, models, "detector.onnx", &input, threads, err);
	if (detector->network)
		return detector;
	detector_free(detector);
	return NULL;
}

void detector_free(struct detector *detector)
{
	if (detector)
		network_free(detector->network);
	free(detector);
}

float box_area(const struct box *box)
{
	float width = box->right - box->left, height = box->bottom - box->top;

	return width > 0 && height > 0 ? width * height : 0;
}

float box_overlap(const struct box *a, const struct box *b)
{
	const struct box both = {fmaxf(a->left, b->left), fmaxf(a->top, b->top),
		fminf(a->right, b->right), fminf(a->bottom, b->bottom)};
	float shared = box_area(&both);

	return shared > 0 ? shared / (box_area(a) + box_area(b) - shared) : 0;
}

void detections_add(struct detections *detections, const struct detection *detection)
{
	if (detections->count == detections->room) {
		detections->room = detections->room ? 2 * detections->room : 64;
		detections->item = memory_resize(
			detections->item, detections->room, sizeof(*detections->item));
	}
	detections->item[detections->count++] = *detection;
}

void detections_release(struct detections *detections)
{
	free(detections->item);
	*detections = (struct detections){0};
}

static float within_0_1(double value)
{
	return value > 0 ? value < 1 ? (float)value : 1 : 0; /* not a number is 0 */
}

/* Return where the square's (x, y) is in the picture, as a fraction of it. */
static float picture_x(const struct view *view, struct size picture, float x)
{
	double margin = (1 - (double)view->scaled.width / DETECTOR_SIDE) / 2;
	double across = (x - margin) * DETECTOR_SIDE / view->scaled.width;

	return within_0_1((view->window.left + across * view->window.width) / picture.width);
}

static float picture_y(const struct view *view, struct size picture, float y)
{
	double margin = (1 - (double)view->scaled.height / DETECTOR_SIDE) / 2;
	double down = (y - margin) * DETECTOR_SIDE / view->scaled.height;

	return within_0_1((view->window.top + down * view->window.height) / picture.height);
}

/* Move the anchor as the network says, and find it in the picture (Ren et al. 2015, with the
 * variances 0.1 and 0.2). */
static struct box decode(const struct anchor *anchor, const float code[4], const struct view *view,
	struct size picture)
{
	float y = code[0] / 10 * anchor->height + anchor->y;
	float x = code[1] / 10 * anchor->width + anchor->x;
	float height = expf(code[2] / 5) * anchor->height;
	float width = expf(code[3] / 5) * anchor->width;

	if (view->mirrored)
		x = 1 - x;
	return (struct box){picture_x(view, picture, x - width / 2),
		picture_y(view, picture, y - height / 2), picture_x(view, picture, x + width / 2),
		picture_y(view, picture, y + height / 2)};
}

static int compare_scores(const void *left, const void *right)
{
	const struct detection *a = left, *b = right;

	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return a->class - b->class;
}

/* Keep each thing once, of those from `first` on: the surest of boxes that lie over one another. */
static void thin(struct detections *found, size_t first)
{
	size_t kept = first;

	if (found->count == first)
		return;
	qsort(found->item + first, found->count - first, sizeof(*found->item), compare_scores);
	for (size_t i = first; i < found->count; i++) {
		const struct detection *item = &found->item[i];
		size_t k = first;

		while (k < kept &&
			(found->item[k].class != item->class ||
				box_overlap(&found->item[k].box, &item->box) <= same_thing))
			k++;
		if (k == kept)
			found->item[kept++] = *item;
	}
	found->count = kept;
}

int detector_look(struct detector *detector, const struct pixels *picture, const struct view *view,
	int number, struct detections *found, struct error *err)
{
	struct runtime_output outputs[] = {{.name = "boxes", .count = 4 * (size_t)DETECTOR_ANCHORS},
		{.name = "scores", .count = (size_t)DETECTOR_ANCHORS * DETECTOR_CLASSES}};
	size_t first = found->count;

	if (view_paint(view, picture, &input, network_room(detector->network), err) ||
		network_run(detector->network, outputs, 2, err))
		return -1;
	for (size_t a = 0; a < DETECTOR_ANCHORS; a++) {
		for (int class = 1; class < DETECTOR_CLASSES; class ++) {
			float score = outputs[1].values[a * DETECTOR_CLASSES + (size_t) class];
			struct detection one = {.class = class, .view = number, .score = score};

			if (!(score >= least_score))
				continue;
			one.box = decode(&detector->anchors[a], outputs[0].values + 4 * a, view,
				picture->size);
			detections_add(found, &one);
		}
	}
	thin(found, first);
	return 0;
}
