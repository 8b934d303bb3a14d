#include <string.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "test.h"

static void parse(struct record *record, const char *text)
{
	struct error err = {0};

	if (record_parse(record, text, strlen(text), &err))
		fail_msg("%s: %s", text, err.text);
}

TEST(only_one_object_is_a_record)
{
	static const char *const bad[] = {
		"", " ", "[]", "1", "\"a\"", "null", "{}{}", "{\"a\":1}]", "{\"a\":1,\"a\":2}"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = {0};
		struct record record;

		assert_int_equal(record_parse(&record, bad[i], strlen(bad[i]), &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
		assert_int_equal(record.member_count, 0);
		assert_null(record.text.bytes);
		record_release(&record);
	}
}

TEST(a_line_need_not_end_in_a_nul)
{
	const char *text = "{\"key\":\"a\"}{\"key\":\"b\"}";
	struct error err = {0};
	struct record record;

	assert_int_equal(record_parse(&record, text, 11, &err), 0);
	assert_string_equal(record_string(&record, "key"), "a");
	assert_string_equal(record.text.bytes, "{\"key\":\"a\"}");
	record_release(&record);
}

TEST(a_member_that_nobody_sets_stays_byte_for_byte)
{
	const char *before = "{ \"n\" : 12345678901234567890123 , \"d\":1.10,\"e\":1E5,"
			     "\"s\":\"\\u00e9\\/\\ud83d\\ude00\xc3\xa9\",\"o\":{\"b\":1, \"a\":2}}";
	const char *after = "{ \"n\" : 12345678901234567890123 , \"d\":1.10,\"e\":1E5,"
			    "\"s\":\"\\u00e9\\/\\ud83d\\ude00\xc3\xa9\",\"o\":{\"b\":1, \"a\":2},"
			    "\"status\":\"COMPLETE\"}";
	struct record record;

	parse(&record, before);
	record_set_string(&record, "status", "COMPLETE");
	assert_string_equal(record.text.bytes, after);
	record_release(&record);
}

TEST(a_member_is_set_where_it_stands_or_at_the_end)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"{}", "{\"m\":7}"},
		{"{ }", "{ \"m\":7}"},
		{"{\"a\":1}", "{\"a\":1,\"m\":7}"},
		{"{\"a\":1 }", "{\"a\":1,\"m\":7 }"},
		{"{\"m\":1}", "{\"m\":7}"},
		{"{ \"m\" : {\"m\":[1,2]} ,\"z\":0}", "{ \"m\" : 7 ,\"z\":0}"},
		{"{\"\\u006d\":null,\"z\":0}", "{\"\\u006d\":7,\"z\":0}"},
		{"{\"a\":{\"m\":1}}", "{\"a\":{\"m\":1},\"m\":7}"},
		{"{\"a\":\"\\\"m\\\":1\"}", "{\"a\":\"\\\"m\\\":1\",\"m\":7}"},
		{"{\"mm\":1,\"M\":2}", "{\"mm\":1,\"M\":2,\"m\":7}"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct record record;

		parse(&record, cases[i].before);
		record_set_number(&record, "m", 7);
		assert_string_equal(record.text.bytes, cases[i].after);
		assert_int_equal(json_object_get_int(record_member(&record, "m")), 7);
		record_release(&record);
	}
}

TEST(names_and_strings_are_escaped_and_slashes_are_not)
{
	struct record record;

	parse(&record, "{}");
	record_set_string(&record, "a\"b", "x/\"\\\n\001\xc3\xa9");
	assert_string_equal(record.text.bytes, "{\"a\\\"b\":\"x/\\\"\\\\\\n\\u0001\xc3\xa9\"}");
	assert_string_equal(record_string(&record, "a\"b"), "x/\"\\\n\001\xc3\xa9");
	record_release(&record);
}

TEST(json_text_is_set_as_it_is_or_refused)
{
	struct record record;

	parse(&record, "{\"a\":1}");
	assert_int_equal(record_set_json(&record, "j", "{\"n\": 1.10}"), 0);
	assert_string_equal(record.text.bytes, "{\"a\":1,\"j\":{\"n\": 1.10}}");
	assert_int_equal(record_set_json(&record, "j", "{\"n\":"), -1);
	assert_int_equal(record_set_json(&record, "j", "1} "), -1);
	assert_int_equal(record_set_json(&record, "j", "null"), -1);
	assert_string_equal(record.text.bytes, "{\"a\":1,\"j\":{\"n\": 1.10}}");
	assert_int_equal(record_set_json(&record, "a", " [ 1 ]\n"), 0);
	assert_string_equal(record.text.bytes, "{\"a\":[ 1 ],\"j\":{\"n\": 1.10}}");
	assert_int_equal(json_object_array_length(record_member(&record, "a")), 1);
	record_release(&record);
}

TEST(what_was_set_is_read_again_and_what_stands_behind_it_too)
{
	struct buffer json = {0};
	struct record record;
	size_t length;

	parse(&record, "{\"a\":1,\"b\":\"x\" , \"c\":{\"d\":2}}");
	assert_string_equal(record_string(&record, "b"), "x");
	record_set_string(&record, "a", "longer than before");
	assert_string_equal(record_string(&record, "a"), "longer than before");
	assert_string_equal(record_string(&record, "b"), "x");
	assert_int_equal(json_object_object_length(record_member(&record, "c")), 1);
	record_set_number(&record, "a", 7);
	record_set_string(&record, "b", "y");
	buffer_text(&json, "[true]");
	record_set_composed(&record, "d", &json);
	assert_int_equal(json_object_get_int(record_member(&record, "a")), 7);
	assert_string_equal(record_string(&record, "b"), "y");
	assert_int_equal(json_object_array_length(record_member(&record, "d")), 1);
	assert_memory_equal(record_text(&record, "c", &length), "{\"d\":2}", 7);
	assert_string_equal(
		record.text.bytes, "{\"a\":7,\"b\":\"y\" , \"c\":{\"d\":2},\"d\":[true]}");
	buffer_release(&json);
	record_release(&record);
}

TEST(a_whole_record_is_an_object_as_well)
{
	struct record record;

	record_init(&record);
	assert_int_equal(json_object_object_length(record_object(&record)), 0);
	record_set_number(&record, "n", 1);
	record_set_string(&record, "s", "\xc3\xa9");
	assert_string_equal(
		json_object_to_json_string_ext(record_object(&record), JSON_C_TO_STRING_PLAIN),
		"{\"n\":1,\"s\":\"\xc3\xa9\"}");
	record_set_number(&record, "n", 2);
	assert_int_equal(json_object_get_int(json_member(record_object(&record), "n")), 2);
	record_release(&record);
}

TEST(a_members_text_is_what_stands_in_the_line)
{
	struct record record;
	const char *text;
	size_t length = 0;

	parse(&record, "{\"a\": {\"n\": 1.10} ,\"z\":null,\"\\u0062\":2}");
	text = record_text(&record, "a", &length);
	assert_int_equal(length, strlen("{\"n\": 1.10}"));
	assert_memory_equal(text, "{\"n\": 1.10}", length);
	text = record_text(&record, "b", &length);
	assert_int_equal(length, 1);
	assert_memory_equal(text, "2", 1);
	assert_null(record_text(&record, "z", &length));
	assert_null(record_text(&record, "missing", &length));
	record_release(&record);
}

TEST(members_are_told_apart_by_kind)
{
	struct record record;

	parse(&record, "{\"t\":true,\"f\":false,\"s\":\"true\",\"n\":null,\"z\":\"a\\u0000b\"}");
	assert_true(record_is(&record, "t"));
	assert_false(record_is(&record, "f"));
	assert_false(record_is(&record, "s"));
	assert_false(record_is(&record, "n"));
	assert_false(record_is(&record, "missing"));
	assert_null(record_member(&record, "n"));
	assert_true(record_has(&record, "n"));
	assert_false(record_has(&record, "missing"));
	assert_null(record_string(&record, "t"));
	assert_null(record_string(&record, "z"));
	record_release(&record);
}

TEST(setting_many_members_leaves_a_line_that_parses_again)
{
	struct record record, again;
	char name[16];

	parse(&record, "{\"key\":\"a\"}");
	for (int i = 0; i < 200; i++) {
		strcpy(name, "m");
		name[1] = (char)('a' + i % 26);
		name[2] = (char)('a' + i / 26);
		name[3] = '\0';
		record_set_number(&record, name, i);
	}
	parse(&again, record.text.bytes);
	assert_int_equal(again.member_count, 201);
	for (int i = 0; i < 200; i++) {
		name[1] = (char)('a' + i % 26);
		name[2] = (char)('a' + i / 26);
		assert_int_equal(json_object_get_int(record_member(&record, name)), i);
		assert_int_equal(json_object_get_int(record_member(&again, name)), i);
	}
	record_release(&again);
	record_release(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one_object_is_a_record),
		cmocka_unit_test(a_line_need_not_end_in_a_nul),
		cmocka_unit_test(a_member_that_nobody_sets_stays_byte_for_byte),
		cmocka_unit_test(a_member_is_set_where_it_stands_or_at_the_end),
		cmocka_unit_test(names_and_strings_are_escaped_and_slashes_are_not),
		cmocka_unit_test(json_text_is_set_as_it_is_or_refused),
		cmocka_unit_test(what_was_set_is_read_again_and_what_stands_behind_it_too),
		cmocka_unit_test(a_whole_record_is_an_object_as_well),
		cmocka_unit_test(a_members_text_is_what_stands_in_the_line),
		cmocka_unit_test(members_are_told_apart_by_kind),
		cmocka_unit_test(setting_many_members_leaves_a_line_that_parses_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
