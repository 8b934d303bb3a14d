#include "vision/rekognition_labels.h"

#include <string.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "vision/labels.h"

#include "test.h"

/* Read an answer; -1 if it is refused, which may pass. */
static int read_answer(const char *answer, int most, int least, struct labels *labels)
{
	struct error err = {0};
	struct json_object *json = json_parse(answer, strlen(answer), &err);
	int rc;

	assert_non_null(json);
	rc = rekognition_labels(json, most, least, labels, &err);
	if (rc) {
		assert_int_equal(err.type, ERROR_TRANSIENT);
		assert_string_not_equal(err.text, "");
	}
	json_object_put(json);
	return rc;
}

/* Tell what an answer says as a record does. */
static void expect_labels(const char *answer, int most, int least, const char *expected)
{
	struct labels labels = {0};
	struct record record;

	assert_int_equal(read_answer(answer, most, least, &labels), 0);
	record_init(&record);
	labels_tell(&labels, &record);
	assert_string_equal(record.text.bytes, expected);
	record_release(&record);
	labels_release(&labels);
}

TEST(a_label_has_all_that_is_told_of_it)
{
	expect_labels("{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":98.25,\"Instances\":["
		      "{\"BoundingBox\":{\"Left\":0.1,\"Top\":0.2,\"Width\":0.3,\"Height\":0.4},"
		      "\"Confidence\":97,\"DominantColors\":[]}],"
		      "\"Parents\":[{\"Name\":\"Pet\"},{\"Name\":\"Animal\"}],\"Aliases\":[],"
		      "\"Categories\":[{\"Name\":\"Animals and Pets\"}]}],"
		      "\"LabelModelVersion\":\"3.0\"}",
		10, 70,
		"{\"labels\":[{\"name\":\"Cat\",\"confidence\":98.3,\"instances\":["
		"{\"confidence\":97,\"box\":{\"left\":0.1,\"top\":0.2,\"width\":0.3,\"height\":0.4}"
		"}],\"parents\":[\"Pet\",\"Animal\"]}]}");
}

TEST(lists_that_are_missing_are_empty)
{
	expect_labels("{\"Labels\":[]}", 10, 70, "{\"labels\":[]}");
	expect_labels("{\"Labels\":[{\"Name\":\"Sky\",\"Confidence\":90},"
		      "{\"Name\":\"Sea\",\"Confidence\":80,\"Instances\":null,\"Parents\":null}]}",
		10, 70,
		"{\"labels\":[{\"name\":\"Sky\",\"confidence\":90,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"Sea\",\"confidence\":80,\"instances\":[],\"parents\":[]}]}");
}

TEST(the_surest_come_first_and_those_as_sure_stay_in_order)
{
	expect_labels("{\"Labels\":[{\"Name\":\"A\",\"Confidence\":80},"
		      "{\"Name\":\"B\",\"Confidence\":90},{\"Name\":\"C\",\"Confidence\":80},"
		      "{\"Name\":\"D\",\"Confidence\":69.9},{\"Name\":\"E\",\"Confidence\":70}]}",
		10, 70,
		"{\"labels\":[{\"name\":\"B\",\"confidence\":90,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"A\",\"confidence\":80,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"C\",\"confidence\":80,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"E\",\"confidence\":70,\"instances\":[],\"parents\":[]}]}");
}

TEST(more_labels_than_were_asked_for_are_left)
{
	expect_labels("{\"Labels\":[{\"Name\":\"A\",\"Confidence\":80},"
		      "{\"Name\":\"B\",\"Confidence\":90}]}",
		1, 70,
		"{\"labels\":[{\"name\":\"A\",\"confidence\":80,\"instances\":[],\"parents\":[]}]"
		"}");
	expect_labels(
		"{\"Labels\":[{\"Name\":\"A\",\"Confidence\":80}]}", 0, 70, "{\"labels\":[]}");
}

#define BOX(left, top, width, height) \
	"{\"Labels\":[{\"Name\":\"A\",\"Confidence\":99,\"Instances\":[{\"Confidence\":80," \
	"\"BoundingBox\":{\"Left\":" left ",\"Top\":" top ",\"Width\":" width \
	",\"Height\":" height "}}]}]}"

#define TOLD(instances) \
	"{\"labels\":[{\"name\":\"A\",\"confidence\":99,\"instances\":[" instances \
	"],\"parents\":[]}]}"

TEST(what_of_a_box_is_outside_of_the_picture_is_cut_off)
{
	expect_labels(BOX("-0.25", "0.5", "0.5", "0.75"), 10, 70,
		TOLD("{\"confidence\":80,\"box\":{\"left\":0,\"top\":0.5,\"width\":0.25,"
		     "\"height\":0.5}}"));
	expect_labels(BOX("-1e308", "0", "1.5e308", "1"), 10, 70,
		TOLD("{\"confidence\":80,\"box\":{\"left\":0,\"top\":0,\"width\":1,\"height\":1}"
		     "}"));
	expect_labels(BOX("1.5", "0", "1", "1"), 10, 70, TOLD(""));
	expect_labels(BOX("0.5", "0.5", "-0.25", "0.25"), 10, 70, TOLD(""));
	expect_labels(BOX("0.5", "0.5", "0", "0"), 10, 70, TOLD(""));
}

TEST(an_instance_without_a_box_or_less_sure_is_left_out)
{
	expect_labels("{\"Labels\":[{\"Name\":\"A\",\"Confidence\":99,\"Instances\":["
		      "{\"Confidence\":80},{\"Confidence\":80,\"BoundingBox\":null}]}]}",
		10, 70, TOLD(""));
	expect_labels(BOX("0", "0", "1", "1"), 10, 81, TOLD(""));
}

TEST(confidences_are_percents)
{
	expect_labels("{\"Labels\":[{\"Name\":\"A\",\"Confidence\":1e300},"
		      "{\"Name\":\"B\",\"Confidence\":-5}]}",
		10, 0,
		"{\"labels\":[{\"name\":\"A\",\"confidence\":100,\"instances\":[],\"parents\":[]},"
		"{\"name\":\"B\",\"confidence\":0,\"instances\":[],\"parents\":[]}]}");
}

TEST(what_is_no_such_answer_is_refused)
{
	static const char *const answers[] = {
		"{}",
		"{\"Labels\":null}",
		"{\"Labels\":{}}",
		"{\"Labels\":\"Cat\"}",
		"{\"Labels\":[null]}",
		"{\"Labels\":[[]]}",
		"{\"Labels\":[\"Cat\"]}",
		"{\"Labels\":[{}]}",
		"{\"Labels\":[{\"Name\":\"Cat\"}]}",
		"{\"Labels\":[{\"Name\":\"\",\"Confidence\":90}]}",
		"{\"Labels\":[{\"Name\":7,\"Confidence\":90}]}",
		"{\"Labels\":[{\"Name\":\"C\\u0000t\",\"Confidence\":90}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":\"90\"}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":null}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Parents\":{}}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Parents\":[\"Pet\"]}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Parents\":[{}]}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Instances\":7}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Instances\":[7]}]}",
		"{\"Labels\":[{\"Name\":\"Sky\",\"Confidence\":99},{\"Name\":\"Cat\","
		"\"Confidence\":90,\"Instances\":[{\"Confidence\":90,\"BoundingBox\":[]}]}]}",
		"{\"Labels\":[{\"Name\":\"Cat\",\"Confidence\":90,\"Instances\":["
		"{\"BoundingBox\":{\"Left\":0,\"Top\":0,\"Width\":1,\"Height\":1}}]}]}",
		BOX("\"0\"", "0", "1", "1"),
		BOX("0", "0", "1", "null"),
	};

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct labels labels = {0};

		assert_int_equal(read_answer(answers[i], 10, 70, &labels), -1);
		labels_release(&labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_has_all_that_is_told_of_it),
		cmocka_unit_test(lists_that_are_missing_are_empty),
		cmocka_unit_test(the_surest_come_first_and_those_as_sure_stay_in_order),
		cmocka_unit_test(more_labels_than_were_asked_for_are_left),
		cmocka_unit_test(what_of_a_box_is_outside_of_the_picture_is_cut_off),
		cmocka_unit_test(an_instance_without_a_box_or_less_sure_is_left_out),
		cmocka_unit_test(confidences_are_percents),
		cmocka_unit_test(what_is_no_such_answer_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
