#include "vision/taxonomy.h"

#include "base/error.h"
#include "scratch.h"

static struct taxonomy *read_text(const char *text, struct error *err)
{
	scratch_write("labels.tsv", text);
	return taxonomy_read("labels.tsv", err);
}

static void expect_refusal(const char *text, const char *reason)
{
	struct error err = {0};

	assert_null(read_text(text, &err));
	assert_int_equal(err.type, ERROR_INVALID);
	assert_string_equal(err.text, reason);
}

TEST(outputs_have_labels_and_labels_all_their_ancestors_the_nearest_first)
{
	struct error err = {0};
	struct taxonomy *taxonomy = read_text("# comment\n\n"
					      "Spaniel\tDog\t\t5,7\n"
					      "Dog\tPet,Mammal\t18\t\n"
					      "Pet\tAnimal\t\t\n"
					      "Mammal\tAnimal\t\t9\n"
					      "Animal\t\t\t\n",
		&err);
	const struct taxonomy_label *spaniel;
	static const char *const ancestors[] = {"Dog", "Pet", "Mammal", "Animal"};

	assert_non_null(taxonomy);
	assert_int_equal(taxonomy->count, 5);
	assert_int_equal(taxonomy->classifier[5], 0);
	assert_int_equal(taxonomy->classifier[7], 0);
	assert_int_equal(taxonomy->classifier[6], -1);
	assert_int_equal(taxonomy->detector[18], 1);
	spaniel = &taxonomy->labels[0];
	assert_int_equal(spaniel->ancestor_count, COUNT(ancestors));
	for (size_t i = 0; i < COUNT(ancestors); i++)
		assert_string_equal(taxonomy->labels[spaniel->ancestors[i]].name, ancestors[i]);
	taxonomy_free(taxonomy);
}

TEST(what_makes_no_sense_is_refused_by_line)
{
	expect_refusal("Dog\n", "labels.tsv: line 1: fewer than four fields in 'Dog'");
	expect_refusal("Dog\t\t\t\t\t\n", "labels.tsv: line 1: more than five fields behind 'Dog'");
	expect_refusal("\tPet\t\t\n", "labels.tsv: line 1: a line without a label 'Pet'");
	expect_refusal("Dog\t\t\t\nDog\t\t\t\n", "labels.tsv: line 2: a second line for 'Dog'");
	expect_refusal("Dog\t\t91\t\n", "labels.tsv: line 1: no output is numbered '91'");
	expect_refusal("Dog\t\t\t1001\n", "labels.tsv: line 1: no output is numbered '1001'");
	expect_refusal("Dog\t\t\t0\n", "labels.tsv: line 1: no output is numbered '0'");
	expect_refusal("Dog\t\t\t7x\n", "labels.tsv: line 1: no output is numbered '7x'");
	expect_refusal("Dog\t\t\t,\n", "labels.tsv: line 1: no output is numbered ''");
	expect_refusal("Dog\t\t\t7\nCat\t\t\t7\n",
		"labels.tsv: line 2: a second label for the output '7'");
	expect_refusal("Dog\tPet\t\t\n", "labels.tsv: 'Pet', a parent of 'Dog', has no line");
}

TEST(hints_are_read_and_wrong_ones_refused)
{
	static const char *const wrong[] = {"95", "95:", ":7", "101:7", "0:7", "95:7,", "95:7-",
		"95:9-7", "95:7;", "95:1001", "x:7", "95:7 ", "95;7", "95:7-8-9"};
	struct error err = {0};
	struct taxonomy *taxonomy = read_text("Dog\t\t\t\t95:7,9-10;5:1\n", &err);

	assert_non_null(taxonomy);
	assert_int_equal(taxonomy->hint_count, 4);
	assert_int_equal(taxonomy->hints[2].class, 10);
	assert_true(taxonomy->hints[3].probability == 0.05);
	taxonomy_free(taxonomy);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		char line[64], reason[128];

		snprintf(line, sizeof(line), "Dog\t\t\t\t%s\n", wrong[i]);
		snprintf(reason, sizeof(reason), "labels.tsv: line 1: no hints are '%s'", wrong[i]);
		expect_refusal(line, reason);
	}
}

TEST(lines_may_end_as_on_other_systems)
{
	struct error err = {0};
	struct taxonomy *taxonomy =
		read_text("# comment\r\n\r\nDog\tPet\t18\t5\r\nPet\t\t\t\r\n", &err);

	assert_non_null(taxonomy);
	assert_int_equal(taxonomy->count, 2);
	assert_int_equal(taxonomy->classifier[5], 0);
	taxonomy_free(taxonomy);
}

TEST(a_label_is_as_probable_as_all_of_its_kinds)
{
	double probabilities[TAXONOMY_CLASSIFIER] = {[5] = 0.5, [7] = 0.25, [9] = 0.125};
	struct error err = {0};
	struct taxonomy *taxonomy =
		read_text("Spaniel\tDog\t\t5,7\nDog\tPet\t18\t9\nPet\t\t\t\nCar\t\t3\t\n", &err);

	assert_non_null(taxonomy);
	assert_true(taxonomy_probability(taxonomy, 0, probabilities) == 0.75);
	assert_true(taxonomy_probability(taxonomy, 1, probabilities) == 0.875);
	assert_true(taxonomy_probability(taxonomy, 2, probabilities) == 0.875);
	assert_true(taxonomy_probability(taxonomy, 3, probabilities) == -1);
	taxonomy_free(taxonomy);
}

TEST(nothing_is_a_kind_of_itself)
{
	expect_refusal("Dog\tDog\t\t\n", "labels.tsv: 'Dog' is a kind of itself");
	expect_refusal("A\tB\t\t\nB\tC\t\t\nC\tA\t\t\n", "labels.tsv: 'A' is a kind of itself");
	expect_refusal("X\tA\t\t\nA\tB\t\t\nB\tA\t\t\n", "labels.tsv: 'A' is a kind of itself");
}

TEST(a_missing_or_endless_file_is_refused)
{
	struct error err = {0};
	FILE *file = fopen("zeros", "w");

	assert_null(taxonomy_read("none.tsv", &err));
	assert_string_equal(err.text, "none.tsv: No such file or directory");
	assert_non_null(file);
	for (int i = 0; i < 10000; i++)
		fputc(i % 5000 ? 'x' : 0, file);
	fclose(file);
	err = (struct error){0};
	assert_null(taxonomy_read("zeros", &err));
	assert_non_null(strstr(err.text, "line 1: too long, or with a NUL"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SCRATCH_TEST(outputs_have_labels_and_labels_all_their_ancestors_the_nearest_first),
		SCRATCH_TEST(what_makes_no_sense_is_refused_by_line),
		SCRATCH_TEST(hints_are_read_and_wrong_ones_refused),
		SCRATCH_TEST(lines_may_end_as_on_other_systems),
		SCRATCH_TEST(a_label_is_as_probable_as_all_of_its_kinds),
		SCRATCH_TEST(nothing_is_a_kind_of_itself),
		SCRATCH_TEST(a_missing_or_endless_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
