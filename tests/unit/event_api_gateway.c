#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/record.h"
#include "event/api_gateway.h"
#include "event/web.h"
#include "test.h"

/* The members that matter of the three kinds of event, and some that don't. */
static const char http_2[] =
	"{\"version\":\"2.0\",\"routeKey\":\"POST /upload-url\",\"rawPath\":\"/upload-url\","
	"\"rawQueryString\":\"a=1&b=x+y%20z&a=2\",\"cookies\":[\"c=1\"],"
	"\"headers\":{\"content-type\":\"application/json\"},"
	"\"queryStringParameters\":{\"a\":\"1,2\",\"b\":\"x y z\"},"
	"\"requestContext\":{\"accountId\":\"123456789012\",\"authorizer\":{\"jwt\":{\"claims\":"
	"{\"iss\":\"https://idp.example/\",\"sub\":\"u-1\"},\"scopes\":null}},"
	"\"http\":{\"method\":\"POST\",\"path\":\"/upload-url\",\"protocol\":\"HTTP/1.1\"},"
	"\"stage\":\"$default\",\"timeEpoch\":1583348638390},"
	"\"body\":\"{}\",\"isBase64Encoded\":false}";
static const char http_1[] =
	"{\"version\":\"1.0\",\"resource\":\"/results\",\"path\":\"/results\","
	"\"httpMethod\":\"GET\",\"headers\":{\"host\":\"h\"},\"multiValueHeaders\":{\"host\":["
	"\"h\"]},"
	"\"queryStringParameters\":{\"image_key\":\"b c\",\"x\":\"&=%\"},"
	"\"multiValueQueryStringParameters\":{\"image_key\":[\"uploads/a.jpg\",\"b c\"],"
	"\"x\":[\"&=%\"]},"
	"\"requestContext\":{\"authorizer\":{\"claims\":{\"sub\":\"u-1\"},\"scopes\":null},"
	"\"httpMethod\":\"GET\",\"path\":\"/results\",\"stage\":\"$default\"},"
	"\"pathParameters\":null,\"stageVariables\":null,\"body\":null,\"isBase64Encoded\":false}";
static const char rest[] =
	"{\"resource\":\"/results\",\"path\":\"/results\",\"httpMethod\":\"GET\","
	"\"queryStringParameters\":null,\"multiValueQueryStringParameters\":null,"
	"\"requestContext\":{\"resourcePath\":\"/results\",\"httpMethod\":\"GET\","
	"\"path\":\"/dev/results\",\"stage\":\"dev\",\"authorizer\":{\"claims\":"
	"{\"sub\":\"u-1\",\"cognito:username\":\"u\"}}},\"body\":null,\"isBase64Encoded\":false}";

static struct json_object *parse(const char *text)
{
	struct error err = {0};
	struct json_object *event = json_parse(text, strlen(text), &err);

	if (!event)
		fail_msg("%s: %s", text, err.text);
	return event;
}

/* Put a value, which is JSON, into the place of an event that a path like "/a/b" names. A missing
 * value takes what is there away. */
static void put(struct json_object *event, const char *path, const char *value)
{
	const char *name = strrchr(path, '/') + 1;
	struct json_object *parent = event, *made = value ? json_tokener_parse(value) : NULL;
	char above[200];

	snprintf(above, sizeof(above), "%.*s", (int)(name - 1 - path), path);
	for (char *step = strtok(above, "/"); step; step = strtok(NULL, "/"))
		parent = json_member(parent, step);
	assert_non_null(parent);
	if (value)
		json_object_object_add(parent, name, made);
	else
		json_object_object_del(parent, name);
}

/* Read an event with one place changed, unless `path` is NULL, and write what came of it. */
static char *read_changed(const char *text, const char *path, const char *value)
{
	struct json_object *event = parse(text);
	struct web_request request = {0};
	struct error err = {0};
	struct buffer told = {0};

	if (path)
		put(event, path, value);
	if (api_gateway_read(event, &request, &err)) {
		assert_int_equal(err.type, ERROR_INVALID);
		assert_null(request.method);
		assert_null(request.path);
		assert_null(request.query);
		assert_null(request.sub);
		assert_null(request.body.bytes);
		buffer_format(&told, "! %s", err.text);
	} else {
		buffer_format(&told, "%s %s?%s %s %zu:%s", request.method, request.path,
			request.query, request.sub ? request.sub : "-", request.body.length,
			request.body.bytes);
	}
	web_request_release(&request);
	json_object_put(event);
	return told.bytes;
}

static void expect(const char *text, const char *path, const char *value, const char *expected)
{
	char *told = read_changed(text, path, value);

	assert_string_equal(told, expected);
	free(told);
}

static bool is_event(const char *text)
{
	struct error err = {0};
	struct record record;
	bool is;

	assert_int_equal(record_parse(&record, text, strlen(text), &err), 0);
	is = api_gateway_is(&record);
	record_release(&record);
	return is;
}

TEST(an_event_is_known_by_its_request_context)
{
	assert_true(is_event(http_2));
	assert_true(is_event(http_1));
	assert_true(is_event(rest));
	assert_true(is_event("{\"requestContext\":null}"));
	assert_true(is_event("{\"requestContext\":1}"));
	assert_false(is_event("{}"));
	assert_false(is_event("{\"key\":\"requestContext\"}"));
	assert_false(is_event("{\"Records\":[{\"requestContext\":{}}]}"));
}

TEST(all_three_kinds_of_event_give_the_same_request)
{
	expect(http_2, NULL, NULL, "POST /upload-url?a=1&b=x+y%20z&a=2 u-1 2:{}");
	expect(http_1, NULL, NULL,
		"GET /results?image_key=uploads%2Fa.jpg&image_key=b%20c&x=%26%3D%25 u-1 0:");
	expect(rest, NULL, NULL, "GET /results? u-1 0:");
}

TEST(the_stage_is_cut_off_where_it_stands_in_the_path)
{
	static const struct {
		const char *text, *path;
	} cases[] = {{http_2, "/rawPath"}, {http_1, "/path"}};
	static const struct {
		const char *path, *cut;
	} paths[] = {
		{"\"/dev/results\"", " /results?"},
		{"\"/dev/dev/results\"", " /dev/results?"},
		{"\"/dev\"", " /?"},
		{"\"/dev/\"", " /?"},
		{"\"/devil/results\"", " /devil/results?"},
		{"\"/results\"", " /results?"},
		{"\"dev/results\"", " dev/results?"},
		{"\"/de\"", " /de?"},
		{"\"\"", " ?"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *event = parse(cases[i].text);
		char text[2000];

		put(event, "/requestContext/stage", "\"dev\"");
		snprintf(text, sizeof(text), "%s", json_object_to_json_string(event));
		json_object_put(event);
		for (size_t j = 0; j < COUNT(paths); j++) {
			char *told = read_changed(text, cases[i].path, paths[j].path);

			if (!strstr(told, paths[j].cut))
				fail_msg("%s: %s", paths[j].path, told);
			free(told);
		}
	}
	/* A REST API's path has no stage, so that this is the resource. */
	expect(rest, "/path", "\"/dev/results\"", "GET /dev/results? u-1 0:");
}

TEST(parameters_that_are_decoded_are_encoded_again)
{
	expect(rest, "/multiValueQueryStringParameters",
		"{\"k\":[\"a+b\",\"%20\",\"\"],\"\\u00e9 \":[\"\\u00e9/\"],\"n\":[]}",
		"GET /results?k=a%2Bb&k=%2520&k=&%C3%A9%20=%C3%A9%2F u-1 0:");
	expect(rest, "/queryStringParameters", "{\"k\":\"a b\",\"l\":\"\"}",
		"GET /results?k=a%20b&l= u-1 0:");
	expect(http_1, "/multiValueQueryStringParameters", NULL,
		"GET /results?image_key=b%20c&x=%26%3D%25 u-1 0:");
}

TEST(a_body_in_base64_is_decoded_and_any_other_is_not)
{
	expect(http_2, "/body", "\"e30=\"", "POST /upload-url?a=1&b=x+y%20z&a=2 u-1 4:e30=");
	expect("{\"version\":\"2.0\",\"rawPath\":\"/"
	       "\",\"requestContext\":{\"http\":{\"method\":\"PUT\"}},"
	       "\"body\":\"e30=\",\"isBase64Encoded\":true}",
		NULL, NULL, "PUT /? - 2:{}");
	expect("{\"version\":\"2.0\",\"rawPath\":\"/"
	       "\",\"requestContext\":{\"http\":{\"method\":\"PUT\"}},"
	       "\"isBase64Encoded\":true}",
		NULL, NULL, "PUT /? - 0:");
	expect(http_2, "/body", "\"a\\u0000b\"", "POST /upload-url?a=1&b=x+y%20z&a=2 u-1 3:a");
	expect(http_2, "/isBase64Encoded", "true", "! body is not base64");
}

TEST(who_has_no_token_is_nobody)
{
	static const char *const none[] = {"null", "{}", "{\"claims\":null,\"scopes\":null}",
		"{\"jwt\":null}", "{\"lambda\":{\"claims\":1,\"sub\":\"x\"}}",
		"{\"principalId\":\"p\",\"sub\":\"x\"}", "{\"iam\":{\"userId\":\"A\"}}"};

	for (size_t i = 0; i < COUNT(none); i++) {
		expect(rest, "/requestContext/authorizer", none[i], "GET /results? - 0:");
		expect(http_2, "/requestContext/authorizer", none[i],
			"POST /upload-url?a=1&b=x+y%20z&a=2 - 2:{}");
	}
	expect(rest, "/requestContext/authorizer", NULL, "GET /results? - 0:");
}

TEST(a_sub_has_a_longest_length)
{
	char sub[WEB_MAX_SUB + 4] = "\"";

	memset(sub + 1, 'x', WEB_MAX_SUB);
	strcpy(sub + 1 + WEB_MAX_SUB, "\"");
	for (int more = 0; more < 2; more++) {
		char *told = read_changed(rest, "/requestContext/authorizer/claims/sub", sub);

		assert_int_equal(told[0] == '!', more);
		free(told);
		strcpy(sub + 1 + WEB_MAX_SUB, "x\"");
	}
}

TEST(a_token_that_does_not_say_whose_it_is_is_refused)
{
	static const char *const bad[] = {"1", "[]", "\"x\"", "{\"jwt\":{}}", "{\"jwt\":1}",
		"{\"jwt\":{\"claims\":null}}", "{\"jwt\":{\"claims\":{}}}",
		"{\"jwt\":{\"claims\":{\"sub\":null}}}", "{\"jwt\":{\"claims\":{\"sub\":7}}}",
		"{\"jwt\":{\"claims\":{\"sub\":\"\"}}}",
		"{\"jwt\":{\"claims\":{\"sub\":\"a\\u0000b\"}}}",
		"{\"jwt\":{\"claims\":[\"sub\"]}}", "{\"jwt\":{},\"claims\":{\"sub\":\"x\"}}",
		"{\"claims\":{}}", "{\"claims\":\"sub\"}", "{\"claims\":{\"sub\":{}}}",
		"{\"claims\":{\"sub\":\"\"}}"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		char *of_2 = read_changed(http_2, "/requestContext/authorizer", bad[i]);
		char *of_rest = read_changed(rest, "/requestContext/authorizer", bad[i]);

		if (of_2[0] != '!' || of_rest[0] != '!')
			fail_msg("%s: %s, %s", bad[i], of_2, of_rest);
		free(of_2);
		free(of_rest);
	}
}

/* Members that are read, and whether there is no request without them. */
static const struct {
	const char *text, *path;
	bool needed;
} places[] = {
	{http_2, "/version", false},
	{http_2, "/rawPath", true},
	{http_2, "/rawQueryString", false},
	{http_2, "/requestContext", true},
	{http_2, "/requestContext/http", true},
	{http_2, "/requestContext/http/method", true},
	{http_2, "/body", false},
	{http_2, "/isBase64Encoded", false},
	{http_1, "/version", false},
	{http_1, "/path", true},
	{http_1, "/httpMethod", true},
	{http_1, "/multiValueQueryStringParameters", false},
	{http_1, "/body", false},
	{rest, "/path", true},
	{rest, "/httpMethod", true},
	{rest, "/queryStringParameters", false},
	{rest, "/requestContext", true},
	{rest, "/isBase64Encoded", false},
};

TEST(a_member_of_another_type_is_an_error_and_so_is_one_that_is_missing_and_needed)
{
	static const char *const values[] = {"1", "1.5", "[]", "[1]", "\"a\\u0000b\""};

	for (size_t i = 0; i < COUNT(places); i++) {
		for (size_t j = 0; j < COUNT(values); j++) {
			char *told;

			if (strcmp(places[i].path, "/body") == 0 && j == 4)
				continue; /* a body may hold any bytes */
			told = read_changed(places[i].text, places[i].path, values[j]);
			if (told[0] != '!')
				fail_msg("%s: %s: %s", places[i].path, values[j], told);
			free(told);
		}
		if (places[i].needed) {
			char *told = read_changed(places[i].text, places[i].path, NULL);

			assert_int_equal(told[0], '!');
			free(told);
		}
	}
}

TEST(what_is_wrong_is_named)
{
	expect(http_2, "/version", "\"3.0\"", "! version 3.0 is not known");
	expect(http_2, "/rawPath", NULL, "! rawPath is missing");
	expect(http_2, "/rawQueryString", "{}", "! rawQueryString is not a text");
	expect(rest, "/multiValueQueryStringParameters", "{\"a\":[1]}",
		"! a value of the query is not a text");
	expect(rest, "/multiValueQueryStringParameters", "{\"a\":[\"x\\u0000y\"]}",
		"! a value of the query is not a text");
	expect(rest, "/multiValueQueryStringParameters", "{\"a\":null}",
		"! a value of the query is not a text");
	expect(rest, "/requestContext/authorizer/claims/sub", NULL, "! sub is missing");
}

TEST(an_answer_is_what_the_gateway_wants)
{
	struct web_reply reply = {.status = 200};
	struct buffer answer = {0};
	struct json_object *parsed;

	buffer_text(&reply.body, "{\"a\":\"\xc3\xa9\\n\"}");
	api_gateway_write(&reply, &answer);
	assert_string_equal(answer.bytes,
		"{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\","
		"\"cache-control\":\"no-store\"},\"body\":\"{\\\"a\\\":\\\"\xc3\xa9\\\\n\\\"}\"}");
	parsed = parse(answer.bytes);
	assert_string_equal(json_string(parsed, "body"), reply.body.bytes);
	json_object_put(parsed);
	web_reply_error(&reply, 400, "what \"it\" was");
	buffer_clear(&answer);
	api_gateway_write(&reply, &answer);
	parsed = parse(answer.bytes);
	assert_int_equal(json_object_get_int(json_member(parsed, "statusCode")), 400);
	assert_string_equal(json_string(parsed, "body"), "{\"error\":\"what \\\"it\\\" was\"}");
	json_object_put(parsed);
	reply.allow = "GET";
	buffer_clear(&answer);
	api_gateway_write(&reply, &answer);
	assert_non_null(strstr(answer.bytes, "\"no-store\",\"allow\":\"GET\"},"));
	web_reply_release(&reply);
	web_reply_release(&reply);
	buffer_clear(&answer);
	api_gateway_write(&reply, &answer);
	json_object_put(parse(answer.bytes));
	buffer_release(&answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_known_by_its_request_context),
		cmocka_unit_test(all_three_kinds_of_event_give_the_same_request),
		cmocka_unit_test(the_stage_is_cut_off_where_it_stands_in_the_path),
		cmocka_unit_test(parameters_that_are_decoded_are_encoded_again),
		cmocka_unit_test(a_body_in_base64_is_decoded_and_any_other_is_not),
		cmocka_unit_test(who_has_no_token_is_nobody),
		cmocka_unit_test(a_sub_has_a_longest_length),
		cmocka_unit_test(a_token_that_does_not_say_whose_it_is_is_refused),
		cmocka_unit_test(
			a_member_of_another_type_is_an_error_and_so_is_one_that_is_missing_and_needed),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(an_answer_is_what_the_gateway_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
