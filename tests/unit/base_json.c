#include <string.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/json.h"
#include "test.h"

/* What json-c's own parser makes of the text, which is one that it takes rightly. */
static void expect_as_json_c_has_it(const char *text)
{
	struct error err = {0};
	struct json_object *ours = json_parse(text, strlen(text), &err);
	struct json_object *theirs = json_tokener_parse(text);

	if (!ours)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(json_object_get_type(ours), json_object_get_type(theirs));
	assert_int_equal(json_object_get_int64(ours), json_object_get_int64(theirs));
	assert_true(json_object_get_double(ours) == json_object_get_double(theirs));
	assert_string_equal(json_object_to_json_string(ours), json_object_to_json_string(theirs));
	json_object_put(ours);
	json_object_put(theirs);
}

TEST(values_are_those_that_json_c_makes)
{
	static const char *const texts[] = {"true", "false", "0", "-0", "7", "-7", "1.10", "-0.0",
		"1E5", "1e-7", "0.1", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809", "18446744073709551615",
		"12345678901234567890123", "1e400", "\"\"", "\"a\"", "\"\\u0000\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00e9\\u65e5\\ud83d\\uDE00\\u00ff\"",
		"\"x\xc3\xa9\\u0020\xe6\x97\xa5\"", "[]", "[1]", "[ 1 , [ ] ,null, \"\\n\"]", "{}",
		" { } ", "{\"a\":null}", "{\"\":1}",
		"\t{ \"a\" : 1 ,\r\n\"b\\u0063\":{\"d\":[{\"e\":1.5},{\"e\":false}]}}\n",
		"{\"f\":\"\\\\\"}"};

	for (size_t i = 0; i < COUNT(texts); i++)
		expect_as_json_c_has_it(texts[i]);
}

TEST(what_is_no_json_is_not_parsed_and_neither_is_null)
{
	static const char *const bad[] = {"", "{", "{'a':1}", "{\"a\":1,\"a\":2}", "[NaN]", "null"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = {0};

		assert_null(json_parse(bad[i], strlen(bad[i]), &err));
		assert_int_equal(err.type, ERROR_INVALID);
	}
}

TEST(plain_values_are_parsed_up_to_their_end)
{
	struct error err = {0};
	struct json_object *parsed = json_parse("123", 3, &err);

	assert_int_equal(json_object_get_int(parsed), 123);
	json_object_put(parsed);
	parsed = json_parse("\"a\\u00e9\"", 9, &err);
	assert_string_equal(json_object_get_string(parsed), "a\xc3\xa9");
	json_object_put(parsed);
}

TEST(a_string_member_is_a_string_without_a_nul_or_null)
{
	const char *text = "{\"a\":\"x\",\"n\":1,\"z\":\"x\\u0000y\",\"e\":\"\"}";
	struct json_object *parsed = json_parse(text, strlen(text), &(struct error){0});

	assert_string_equal(json_string(parsed, "a"), "x");
	assert_string_equal(json_string(parsed, "e"), "");
	assert_null(json_string(parsed, "n"));
	assert_null(json_string(parsed, "z"));
	assert_null(json_string(parsed, "missing"));
	assert_null(json_string(NULL, "a"));
	assert_null(json_string(json_object_object_get(parsed, "a"), "a"));
	json_object_put(parsed);
}

TEST(a_member_that_is_null_is_none)
{
	const char *text = "{\"a\":[1],\"n\":null}";
	struct json_object *parsed = json_parse(text, strlen(text), &(struct error){0});

	assert_int_equal(json_object_array_length(json_member(parsed, "a")), 1);
	assert_null(json_member(parsed, "n"));
	assert_null(json_member(parsed, "missing"));
	assert_null(json_member(NULL, "a"));
	assert_null(json_member(json_member(parsed, "a"), "a"));
	json_object_put(parsed);
}

TEST(members_are_stepped_through_as_they_stand)
{
	const char *text =
		" { \"a\\\"}\" : {\"x\":[\"}\",{}]} ,\"b\":1.10,\"c\":\"\\\\\" , \"d\" : [ ] } ";
	static const char *const names[] = {"\"a\\\"}\"", "\"b\"", "\"c\"", "\"d\""};
	static const char *const values[] = {"{\"x\":[\"}\",{}]}", "1.10", "\"\\\\\"", "[ ]"};
	struct json_span span;
	size_t at = 0, count = 0;

	while (json_next_member(text, &at, &span)) {
		assert_true(count < 4);
		assert_int_equal(span.name_end - span.name, strlen(names[count]));
		assert_memory_equal(text + span.name, names[count], strlen(names[count]));
		assert_int_equal(span.value_end - span.value, strlen(values[count]));
		assert_memory_equal(text + span.value, values[count], strlen(values[count]));
		count++;
	}
	assert_int_equal(count, 4);
	assert_int_equal(text[at], '}');
	at = 0;
	assert_int_equal(json_next_member("  { }", &at, &span), 0);
	assert_int_equal(at, 4);
}

TEST(items_are_stepped_through_as_they_stand)
{
	const char *text = " [ {\"a\":[1,\"]\"]} ,1.10,\"x,\\\"]\" , [ ] ,null] ";
	static const char *const values[] = {
		"{\"a\":[1,\"]\"]}", "1.10", "\"x,\\\"]\"", "[ ]", "null"};
	struct json_span span;
	size_t at = 0, count = 0;

	while (json_next_item(text, &at, &span)) {
		assert_true(count < COUNT(values));
		assert_int_equal(span.value_end - span.value, strlen(values[count]));
		assert_memory_equal(text + span.value, values[count], strlen(values[count]));
		count++;
	}
	assert_int_equal(count, COUNT(values));
	assert_int_equal(text[at], ']');
	at = 0;
	assert_int_equal(json_next_item("  [ ]", &at, &span), 0);
	assert_int_equal(at, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_that_json_c_makes),
		cmocka_unit_test(what_is_no_json_is_not_parsed_and_neither_is_null),
		cmocka_unit_test(plain_values_are_parsed_up_to_their_end),
		cmocka_unit_test(a_string_member_is_a_string_without_a_nul_or_null),
		cmocka_unit_test(a_member_that_is_null_is_none),
		cmocka_unit_test(members_are_stepped_through_as_they_stand),
		cmocka_unit_test(items_are_stepped_through_as_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
