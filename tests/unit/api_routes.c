#include "api/results.h"
#include "api/routes.h"
#include "api/upload_limits.h"
#include "api/upload_url.h"
#include "base/error.h"
#include "base/memory.h"
#include "event/web.h"
#include "scratch.h"
#include "store/table.h"

static const struct upload_source uploads = {.limits = &upload_limits_default};

/* Ask for a path, and look for `expected` in the answer. */
static void expect(const struct routes *routes, const char *method, const char *path, int status,
	const char *expected, const char *allow)
{
	struct web_request request = {.method = memory_copy(method), .path = memory_copy(path)};
	struct web_reply reply = {0};
	struct error err = {0};

	request.query = memory_copy("image_key=k");
	assert_int_equal(routes_reply(routes, &request, &reply, &err), 0);
	if (!strstr(reply.body.bytes, expected))
		fail_msg("%s %s: %s", method, path, reply.body.bytes);
	assert_int_equal(reply.status, status);
	assert_int_equal(!!reply.allow, !!allow);
	if (allow)
		assert_string_equal(reply.allow, allow);
	web_request_release(&request);
	web_reply_release(&reply);
}

TEST(each_path_has_its_method_and_its_answer)
{
	struct results_source results = {
		.table = table_open("sqlite:rows.db", TABLE_READ, &(struct error){0})};
	const struct routes routes = {&uploads, &results};

	expect(&routes, "GET", "/limits", 200, "\"maxFiles\":50", NULL);
	expect(&routes, "GET", "/results", 200, "\"known\":false", NULL);
	expect(&routes, "GET", "/v1/pictures/results", 200, "\"known\":false", NULL);
	expect(&routes, "POST", "/upload-url", 400, "the body: ", NULL);
	table_close(results.table);
}

TEST(another_method_is_refused_and_the_right_one_named)
{
	const struct results_source results = {0};
	const struct routes routes = {&uploads, &results};

	expect(&routes, "POST", "/limits", 405, "no such method", "GET");
	expect(&routes, "get", "/results", 405, "no such method", "GET");
	expect(&routes, "GET", "/upload-url", 405, "no such method", "POST");
	expect(&routes, "", "/upload-url", 405, "no such method", "POST");
}

TEST(no_other_path_is_there)
{
	static const char *const paths[] = {"", "/", "/result", "/results/", "/results/x",
		"results", "/Results", "/xresults", "/upload-url?x", "/%6cimits"};
	const struct results_source results = {0};
	const struct routes routes = {&uploads, &results};

	for (size_t i = 0; i < COUNT(paths); i++)
		expect(&routes, "GET", paths[i], 404, "no such path", NULL);
}

TEST(a_path_that_nobody_answers_is_not_there)
{
	const struct results_source results = {0};

	expect(&(struct routes){.uploads = &uploads}, "GET", "/results", 404, "no such path", NULL);
	expect(&(struct routes){.results = &results}, "GET", "/limits", 404, "no such path", NULL);
	expect(&(struct routes){.results = &results}, "POST", "/upload-url", 404, "no such path",
		NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(each_path_has_its_method_and_its_answer),
		cmocka_unit_test(another_method_is_refused_and_the_right_one_named),
		cmocka_unit_test(no_other_path_is_there),
		cmocka_unit_test(a_path_that_nobody_answers_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
