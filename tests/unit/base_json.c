#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "test.h"

static int check(const char *text, size_t length)
{
	struct error err = {0};
	size_t names;
	int rc = json_check(text, length, &names, &err);

	assert_int_equal(rc != 0, err.text[0] != '\0');
	if (rc)
		assert_int_equal(err.type, ERROR_INVALID);
	return rc;
}

TEST(what_rfc_8259_allows_is_taken)
{
	static const char *const good[] = {"{}", "[]", " {} \t\r\n", "null", "true", "false", "0",
		"-0", "-0.0e-0", "1.10", "1E+400", "12345678901234567890123", "\"\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\"",
		"\"\xf0\x9f\x98\x80\"", "\"\x7f\"", "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"\"}",
		"{ \"a\" : [ 1 , 2 ] }"};

	for (size_t i = 0; i < COUNT(good); i++)
		if (check(good[i], strlen(good[i])))
			fail_msg("%s was refused", good[i]);
}

TEST(what_json_c_lets_pass_is_refused)
{
	static const char *const bad[] = {"", " ", "{} x", "{}{}", "{'a':1}", "{\"a\":1,}", "[1,]",
		"[,1]", "[NaN]", "[Infinity]", "[-]", "[01]", "[1.]", "[.5]", "[1e]", "[+1]",
		"{a:1}", "{\"a\" 1}", "{\"a\":}", "{\"a\"}", "{,}", "[1 2]", "[True]", "nul",
		"nul1", "\"", "\"a\nb\"", "\"a\tb\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"",
		"\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\ud800x\"", "/* no */ {}",
		"{\"a\":1 /**/}", "{\"a\\u0000\":1}", "\xef\xbb\xbf{}", "\"\xff\"", "\"\xc0\xaf\"",
		"\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xc3\"", "]", "}", ":", "[}", "{]"};

	for (size_t i = 0; i < COUNT(bad); i++)
		if (check(bad[i], strlen(bad[i])) == 0)
			fail_msg("%s was taken", bad[i]);
}

TEST(a_nul_is_refused_wherever_it_stands)
{
	assert_int_equal(check("{}\0", 3), -1);
	assert_int_equal(check("\0{}", 3), -1);
	assert_int_equal(check("{\"a\":\"x\0y\"}", 11), -1);
	assert_int_equal(check("{\"a\":1\0}", 8), -1);
}

TEST(nesting_is_bounded_without_a_deep_stack)
{
	const size_t deep = 100000;
	char *text = memory_new(2 * deep + 1, 1);

	for (int kind = 0; kind < 2; kind++) {
		size_t unit = kind ? 5 : 1;

		for (size_t depth = JSON_MAX_DEPTH - 1; depth <= JSON_MAX_DEPTH + 1; depth++) {
			for (size_t i = 0; i < depth; i++)
				memcpy(text + i * unit, kind ? "{\"a\":" : "[", unit);
			text[depth * unit] = '1';
			memset(text + depth * unit + 1, kind ? '}' : ']', depth);
			assert_int_equal(check(text, depth * unit + 1 + depth) == 0,
				depth <= JSON_MAX_DEPTH);
			memset(text, 0, 2 * deep + 1);
		}
	}
	memset(text, '[', deep);
	assert_int_equal(check(text, deep), -1);
	free(text);
}

TEST(a_refusal_says_where)
{
	struct error err = {0};
	size_t names;

	assert_int_equal(json_check("{\"a\":tru}", 9, &names, &err), -1);
	assert_string_equal(err.text, "not JSON: an unknown word at byte 6");
	assert_int_equal(json_check("{\"a\":1", 6, &names, &err), -1);
	assert_string_equal(err.text, "not JSON: it breaks off");
	assert_int_equal(json_check("{} {}", 5, &names, &err), -1);
	assert_string_equal(err.text, "not one JSON value: more follows at byte 4");
}

TEST(members_are_counted_at_all_depths)
{
	const char *text = "{\"a\":1,\"b\":{\"c\":[{\"d\":2},{\"d\":3}]}}";
	struct error err = {0};
	size_t names = 99;

	assert_int_equal(json_check(text, strlen(text), &names, &err), 0);
	assert_int_equal(names, 5);
}

TEST(a_name_that_stands_twice_is_refused_however_it_is_spelled)
{
	static const char *const bad[] = {"{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":2}",
		"{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}"};
	struct json_object *fine;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = {0};

		assert_null(json_parse(bad[i], strlen(bad[i]), &err));
		assert_string_equal(err.text, "a name stands twice in one object");
	}
	fine = json_parse("{\"a\":{\"a\":1}}", 13, &(struct error){0});
	assert_non_null(fine);
	json_object_put(fine);
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

TEST(members_are_stepped_through_as_they_stand)
{
	const char *text =
		" { \"a\\\"}\" : {\"x\":[\"}\",{}]} ,\"b\":1.10,\"c\":\"\\\\\" , \"d\" : [ ] } ";
	static const char *const names[] = {"\"a\\\"}\"", "\"b\"", "\"c\"", "\"d\""};
	static const char *const values[] = {"{\"x\":[\"}\",{}]}", "1.10", "\"\\\\\"", "[ ]"};
	struct json_span span;
	size_t at = 0, count = 0;

	assert_int_equal(check(text, strlen(text)), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rfc_8259_allows_is_taken),
		cmocka_unit_test(what_json_c_lets_pass_is_refused),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(nesting_is_bounded_without_a_deep_stack),
		cmocka_unit_test(a_refusal_says_where),
		cmocka_unit_test(members_are_counted_at_all_depths),
		cmocka_unit_test(a_name_that_stands_twice_is_refused_however_it_is_spelled),
		cmocka_unit_test(plain_values_are_parsed_up_to_their_end),
		cmocka_unit_test(a_string_member_is_a_string_without_a_nul_or_null),
		cmocka_unit_test(members_are_stepped_through_as_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
