#include "vision/labels.h"

#include "base/error.h"
#include "base/record.h"
#include "scratch.h"
#include "vision/fuse.h"
#include "vision/taxonomy.h"
#include "vision/things.h"

static const char names[] = "Spaniel\tDog\t\t1\n"
			    "Poodle\tDog\t\t2\n"
			    "Dog\tAnimal\t18\t\n"
			    "Animal\t\t\t\n"
			    "Car\t\t3\t3\n"
			    "Road\tStreet\t\t\t90:8-9;15:7\n"
			    "Street\t\t\t\n";

/* Tell the labels of some evidence. */
static void expect_labels(
	const struct evidence *evidence, int most, double least, const char *expected)
{
	struct error err = {0};
	struct labels labels = {0};
	struct record record;
	struct taxonomy *taxonomy;

	scratch_write("labels.tsv", names);
	taxonomy = taxonomy_read("labels.tsv", &err);
	assert_non_null(taxonomy);
	record_init(&record);
	fuse(taxonomy, evidence, most, least, &labels);
	labels_tell(&labels, &record);
	assert_string_equal(record.text.bytes, expected);
	labels_release(&labels);
	record_release(&record);
	taxonomy_free(taxonomy);
}

TEST(kinds_are_summed_up_and_make_what_they_are_kinds_of_surer_than_themselves)
{
	double probabilities[TAXONOMY_CLASSIFIER] = {[1] = 0.5, [2] = 0.31, [3] = 0.1};
	struct evidence evidence = {.probabilities = probabilities};

	expect_labels(&evidence, 10, 60,
		"{\"labels\":["
		"{\"name\":\"Dog\",\"confidence\":90,\"instances\":[],\"parents\":[\"Animal\"]},"
		"{\"name\":\"Animal\",\"confidence\":90,\"instances\":[],\"parents\":[]}]}");
	expect_labels(&evidence, 3, 6,
		"{\"labels\":["
		"{\"name\":\"Dog\",\"confidence\":90,\"instances\":[],\"parents\":[\"Animal\"]},"
		"{\"name\":\"Animal\",\"confidence\":90,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"Spaniel\",\"confidence\":6.3,\"instances\":[],\"parents\":[\"Dog\","
		"\"Animal\"]}]}");
	expect_labels(&evidence, 1, 50,
		"{\"labels\":["
		"{\"name\":\"Dog\",\"confidence\":90,\"instances\":[],\"parents\":[\"Animal\"]}]}");
	expect_labels(&evidence, 10, 91, "{\"labels\":[]}");
}

TEST(classes_hint_at_labels)
{
	double probabilities[TAXONOMY_CLASSIFIER] = {[8] = 0.8, [7] = 0.2};
	struct evidence evidence = {.probabilities = probabilities};

	expect_labels(&evidence, 10, 70,
		"{\"labels\":["
		"{\"name\":\"Road\",\"confidence\":84.1,\"instances\":[],\"parents\":[\"Street\"]},"
		"{\"name\":\"Street\",\"confidence\":84.1,\"instances\":[],\"parents\":[]}]}");
}

TEST(things_have_boxes_and_make_their_kinds_as_sure)
{
	double probabilities[TAXONOMY_CLASSIFIER] = {0};
	const struct thing things[] = {{{0.1F, 0.2F, 0.4F, 0.6F}, 18, 0.9F}};
	struct evidence evidence = {
		.things = things, .thing_count = 1, .probabilities = probabilities};

	expect_labels(&evidence, 10, 70,
		"{\"labels\":["
		"{\"name\":\"Dog\",\"confidence\":90,\"instances\":[{\"confidence\":90,\"box\":"
		"{\"left\":0.1,\"top\":0.2,\"width\":0.3,\"height\":0.4}}],\"parents\":[\"Animal\"]"
		"},"
		"{\"name\":\"Animal\",\"confidence\":90,\"instances\":[],\"parents\":[]}]}");
}

TEST(labels_are_read_as_they_are_told)
{
	static const char line[] =
		"{\"labels\":[{\"name\":\"Dog\",\"confidence\":90.5,\"instances\":[{\"confidence\":"
		"80,\"box\":{\"left\":0.1,\"top\":0.2,\"width\":0.3,\"height\":0.4}},{},7]},"
		"{\"name\":\"Cat\"}]}";
	struct error err = {0};
	struct record record;
	struct labels labels = {0};

	assert_int_equal(record_parse(&record, line, sizeof(line) - 1, &err), 0);
	assert_int_equal(labels_read(&record, &labels, &err), 0);
	assert_int_equal(labels.count, 2);
	assert_string_equal(labels.label[0].name, "Dog");
	assert_int_equal(labels.label[0].instance_count, 1);
	assert_true(labels.label[0].instances[0].box.width == 0.3);
	assert_int_equal(labels.label[1].instance_count, 0);
	labels_release(&labels);
	record_release(&record);
}

TEST(what_is_no_list_of_labels_is_refused)
{
	static const char *const lines[] = {"{\"labels\":7}", "{\"labels\":[7]}",
		"{\"labels\":[{\"name\":1}]}", "{\"labels\":[null]}"};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct error err = {0};
		struct record record;
		struct labels labels = {0};

		assert_int_equal(record_parse(&record, lines[i], strlen(lines[i]), &err), 0);
		assert_int_equal(labels_read(&record, &labels, &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
		labels_release(&labels);
		record_release(&record);
	}
}

/* Join what two views of the whole picture show. */
static void expect_things(
	const struct detection *detections, size_t count, const struct thing *expected, size_t most)
{
	const struct box windows[] = {{0, 0, 1, 1}, {0, 0, 1, 1}};
	struct detections found = {0};
	struct thing *things;
	size_t joined;

	for (size_t i = 0; i < count; i++)
		detections_add(&found, &detections[i]);
	things = things_join(&found, windows, 2, 0.5F, &joined);
	assert_int_equal(joined, most);
	for (size_t i = 0; i < most; i++) {
		assert_int_equal(things[i].class, expected[i].class);
		assert_float_equal(things[i].score, expected[i].score, 1e-5F);
	}
	free(things);
	detections_release(&found);
}

TEST(a_thing_is_as_sure_as_the_views_are_on_the_average)
{
	const struct box here = {0.1F, 0.1F, 0.4F, 0.4F}, there = {0.6F, 0.6F, 0.9F, 0.9F};
	const struct detection both[] = {{here, 18, 0, 0.9F}, {here, 18, 1, 0.7F}};
	const struct detection one[] = {{here, 18, 0, 0.9F}};
	const struct detection two[] = {{here, 18, 0, 0.9F}, {here, 18, 1, 0.9F},
		{there, 18, 0, 0.8F}, {there, 18, 1, 0.6F}};
	const struct detection split[] = {
		{here, 17, 0, 0.9F}, {here, 18, 0, 0.5F}, {here, 18, 1, 0.9F}};

	expect_things(both, COUNT(both), &(struct thing){.class = 18, .score = 0.8F}, 1);
	expect_things(one, COUNT(one), NULL, 0);
	expect_things(two, COUNT(two),
		(const struct thing[]){{.class = 18, .score = 0.9F}, {.class = 18, .score = 0.7F}},
		2);
	expect_things(split, COUNT(split), &(struct thing){.class = 18, .score = 0.7F}, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SCRATCH_TEST(
			kinds_are_summed_up_and_make_what_they_are_kinds_of_surer_than_themselves),
		SCRATCH_TEST(classes_hint_at_labels),
		SCRATCH_TEST(things_have_boxes_and_make_their_kinds_as_sure),
		cmocka_unit_test(labels_are_read_as_they_are_told),
		cmocka_unit_test(what_is_no_list_of_labels_is_refused),
		cmocka_unit_test(a_thing_is_as_sure_as_the_views_are_on_the_average),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
