#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/json_check.h"
#include "base/memory.h"
#include "test.h"

static int check(const char *text, size_t length)
{
	struct error err = {0};
	int rc = json_check(text, length, &err);

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

	assert_int_equal(json_check("{\"a\":tru}", 9, &err), -1);
	assert_string_equal(err.text, "not JSON: an unknown word at byte 6");
	assert_int_equal(json_check("{\"a\":1", 6, &err), -1);
	assert_string_equal(err.text, "not JSON: it breaks off");
	assert_int_equal(json_check("{} {}", 5, &err), -1);
	assert_string_equal(err.text, "not one JSON value: more follows at byte 4");
}

static void expect_twice(const char *text, bool twice)
{
	struct error err = {0};
	int rc = json_check(text, strlen(text), &err);

	if ((rc != 0) != twice)
		fail_msg("%.100s: %s", text, rc ? err.text : "taken");
	assert_string_equal(err.text, twice ? "a name stands twice in one object" : "");
}

TEST(a_name_that_stands_twice_is_refused_however_it_is_spelled)
{
	expect_twice("{\"a\":1,\"a\":1}", true);
	expect_twice("{\"a\":1,\"\\u0061\":2}", true);
	expect_twice("{\"\":1,\"b\":2,\"\":3}", true);
	expect_twice("{\"x\":[{\"a\":1,\"b\":2,\"a\":3}]}", true);
	expect_twice("{\"a\":{\"b\":{}},\"c\":1,\"a\":2}", true);
	expect_twice("{\"\\u00e9\":1,\"\xc3\xa9\":2}", true);
	expect_twice("{\"\\ud83d\\ude00\":1,\"x\":0,\"\xf0\x9f\x98\x80\":2}", true);
	expect_twice("{\"a\\/\\\"\":1,\"a/\\u0022\":2}", true);
}

TEST(names_that_only_look_alike_are_fine)
{
	expect_twice("{\"a\":{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]}}}", false);
	expect_twice("{\"a\":1,\"ab\":2,\"A\":3,\"\":4,\"a\\u0020\":5}", false);
	expect_twice("{\"\\\\u0061\":1,\"a\":2}", false);
	expect_twice("{\"\\n\":1,\"n\":2,\"\\\\n\":3}", false);
}

TEST(of_many_names_the_one_that_stands_twice_is_found)
{
	const size_t many = 100000, room = 16;
	char *text = memory_new(many + 1, room);

	for (int twice = 0; twice < 2; twice++) {
		size_t length = 0;

		for (size_t i = 0; i < many; i++)
			length += (size_t)snprintf(text + length, room, "%c\"%zu\":1",
				i ? ',' : '{', twice && i == many - 1 ? many / 2 : i);
		strcpy(text + length, "}");
		expect_twice(text, twice);
	}
	free(text);
}

static const char members[] =
	" { \"a\\\"}\" : {\"x\":[\"}\",{}]} ,\"b\":1.10,\"c\":\"\\\\\" , \"d\" : [ ] } ";

static void expect_member(const struct json_span *span, void *state)
{
	static const char *const names[] = {"\"a\\\"}\"", "\"b\"", "\"c\"", "\"d\""};
	static const char *const values[] = {"{\"x\":[\"}\",{}]}", "1.10", "\"\\\\\"", "[ ]"};
	size_t *count = state;

	assert_true(*count < COUNT(names));
	assert_int_equal(span->name_end - span->name, strlen(names[*count]));
	assert_memory_equal(members + span->name, names[*count], strlen(names[*count]));
	assert_int_equal(span->value_end - span->value, strlen(values[*count]));
	assert_memory_equal(members + span->value, values[*count], strlen(values[*count]));
	++*count;
}

TEST(members_of_the_outermost_object_are_told_as_they_stand)
{
	size_t count = 0;

	assert_int_equal(json_check_members(members, strlen(members), expect_member, &count,
				 &(struct error){0}),
		0);
	assert_int_equal(count, 4);
	count = 99; /* of which none is expected */
	assert_int_equal(
		json_check_members(" { } ", 5, expect_member, &count, &(struct error){0}), 0);
	assert_int_equal(
		json_check_members("[{\"a\":1}]", 9, expect_member, &count, &(struct error){0}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rfc_8259_allows_is_taken),
		cmocka_unit_test(what_json_c_lets_pass_is_refused),
		cmocka_unit_test(a_nul_is_refused_wherever_it_stands),
		cmocka_unit_test(nesting_is_bounded_without_a_deep_stack),
		cmocka_unit_test(a_refusal_says_where),
		cmocka_unit_test(a_name_that_stands_twice_is_refused_however_it_is_spelled),
		cmocka_unit_test(names_that_only_look_alike_are_fine),
		cmocka_unit_test(of_many_names_the_one_that_stands_twice_is_found),
		cmocka_unit_test(members_of_the_outermost_object_are_told_as_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
