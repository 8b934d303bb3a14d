#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "store/items.h"
#include "store/row.h"
#include "test.h"

#define ITEM(key, status) "{\"image_key\":{\"S\":\"" key "\"},\"status\":{\"S\":\"" status "\"}}"

enum { KEYS = 5 };
static const char *const keys[KEYS] = {"a", "b\"", NULL, "a", "c"};

static struct row rows[KEYS];
static const struct items items = {"images", keys, KEYS, rows};

static int empty(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		row_release(&rows[i]);
	return 0;
}

static int read_answer(const char *text, bool *complete, struct error *err)
{
	struct json_object *answer = json_parse(text, strlen(text), err);
	int rc = items_read(&items, answer, complete, err);

	assert_non_null(answer);
	json_object_put(answer);
	return rc;
}

TEST(each_key_is_asked_for_once)
{
	struct buffer json = {0};

	assert_int_equal(items_ask(&items, &json), 3);
	assert_string_equal(json.bytes,
		"{\"RequestItems\":{\"images\":{\"ConsistentRead\":true,\"Keys\":["
		"{\"image_key\":{\"S\":\"a\"}},{\"image_key\":{\"S\":\"b\\\"\"}},"
		"{\"image_key\":{\"S\":\"c\"}}]}}}");
	buffer_release(&json);
}

TEST(without_keys_there_is_nothing_to_ask_for)
{
	static const char *const none[] = {NULL, NULL};
	const struct items nothing = {"images", none, 2, rows};
	struct buffer json = {0};

	assert_int_equal(items_ask(&nothing, &json), 0);
	buffer_release(&json);
}

TEST(rows_come_to_their_keys_in_whatever_order_they_are_told)
{
	struct error err = {0};
	bool complete;

	assert_int_equal(
		read_answer("{\"Responses\":{\"images\":[" ITEM("c", "FAILED") "," ITEM("x",
				    "COMPLETE") "," ITEM("a", "COMPLETE") "]},"
									  "\"UnprocessedKeys\":{}}",
			&complete, &err),
		0);
	assert_true(complete);
	assert_int_equal(rows[0].status, ROW_COMPLETE);
	assert_int_equal(rows[1].status, ROW_NOT_FOUND);
	assert_int_equal(rows[2].status, ROW_NOT_FOUND);
	assert_int_equal(rows[3].status, ROW_COMPLETE);
	assert_string_equal(rows[3].image_key, "a");
	assert_int_equal(rows[4].status, ROW_FAILED);
}

TEST(keys_that_were_left_out_are_told_of)
{
	static const char *const answers[] = {
		"{\"Responses\":{\"images\":[]},\"UnprocessedKeys\":{\"images\":{\"Keys\":[]}}}",
		"{\"Responses\":{},\"UnprocessedKeys\":{\"images\":{}}}",
		"{\"Responses\":{},\"UnprocessedKeys\":[]}",
		"{\"Responses\":{},\"UnprocessedKeys\":1}",
	};

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct error err = {0};
		bool complete = true;

		assert_int_equal(read_answer(answers[i], &complete, &err), 0);
		assert_false(complete);
	}
}

TEST(what_is_no_such_answer_may_pass)
{
	static const char *const answers[] = {
		"{}",
		"{\"Responses\":null}",
		"{\"Responses\":[]}",
		"{\"Responses\":{\"images\":{}}}",
		"{\"Responses\":{\"images\":null}}",
		"{\"Responses\":{\"images\":\"x\"}}",
	};

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct error err = {0};
		bool complete;

		assert_int_equal(read_answer(answers[i], &complete, &err), -1);
		assert_int_equal(err.type, ERROR_TRANSIENT);
	}
}

TEST(items_that_are_none_are_passed_over)
{
	struct error err = {0};
	bool complete;

	assert_int_equal(read_answer("{\"Responses\":{\"images\":[null,1,[],{},{\"image_key\":1},"
				     "{\"image_key\":{\"N\":\"1\"}}]}}",
				 &complete, &err),
		0);
	assert_int_equal(rows[0].status, ROW_NOT_FOUND);
}

TEST(an_item_that_is_no_row_is_named)
{
	struct error err = {0};
	bool complete;

	assert_int_equal(read_answer("{\"Responses\":{\"images\":[" ITEM("a", "COMPLETE") "," ITEM(
					     "c", "done") "]}}",
				 &complete, &err),
		-1);
	assert_int_equal(err.type, ERROR_INTERNAL);
	assert_non_null(strstr(err.text, "c: an item that is no row"));
}

#define ITEMS_TEST(name) cmocka_unit_test_teardown(name, empty)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ITEMS_TEST(each_key_is_asked_for_once),
		ITEMS_TEST(without_keys_there_is_nothing_to_ask_for),
		ITEMS_TEST(rows_come_to_their_keys_in_whatever_order_they_are_told),
		ITEMS_TEST(keys_that_were_left_out_are_told_of),
		ITEMS_TEST(what_is_no_such_answer_may_pass),
		ITEMS_TEST(items_that_are_none_are_passed_over),
		ITEMS_TEST(an_item_that_is_no_row_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
