#include <string.h>

#include "api/upload_limits.h"
#include "api/upload_url.h"
#include "api/upload_wish.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "event/web.h"
#include "test.h"

/* How many calls of each still work. */
struct left {
	int random, sign;
};

/* The number of the call in every byte. */
static int count_up(void *bytes, size_t length, void *state, struct error *err)
{
	struct left *left = state;

	if (left->random == 0)
		return error_internal(err, "no chance");
	memset(bytes, 0x11 * (10 - left->random--), length);
	return 0;
}

static int sign(const char *key, const struct upload_wish *wish, void *state,
	struct upload_grant *grant, struct error *err)
{
	struct left *left = state;
	struct buffer url = {0}, headers = {0};

	if (left->sign-- == 0)
		return error_throttled(err, "the secret service is busy");
	buffer_format(&url, "https://s.example/%s?bytes=%lld&sig=\"", key, (long long)wish->bytes);
	buffer_format(&headers, "{\"Content-Type\":\"%s\"}", wish->type->content_type);
	*grant = (struct upload_grant){url.bytes, headers.bytes, 1767323045};
	return 0;
}

static void expect_left(
	struct left left, const char *body, const char *sub, int status, const char *expected)
{
	const struct upload_source source = {
		.limits = &upload_limits_default, .random = count_up, .sign = sign, .state = &left};
	struct web_request request = {.sub = memory_copy(sub)};
	struct web_reply reply = {0};
	struct error err = {0};

	buffer_text(&request.body, body);
	assert_int_equal(upload_url_reply(&source, &request, &reply, &err), status < 500 ? 0 : -1);
	assert_string_equal(reply.body.bytes, expected);
	assert_int_equal(reply.status, status);
	assert_int_equal(err.text[0] != '\0', status >= 500);
	web_request_release(&request);
	web_reply_release(&reply);
}

static void expect(const char *body, const char *sub, int status, const char *expected)
{
	expect_left((struct left){9, 9}, body, sub, status, expected);
}

#define ONES "11111111-1111-4111-9111-111111111111"
#define TWOS "22222222-2222-4222-a222-222222222222"
#define GRANT(key, type, bytes) \
	"{\"uploadUrl\":\"https://s.example/" key "?bytes=" bytes "&sig=\\\"\",\"key\":\"" key \
	"\",\"headers\":{\"Content-Type\":\"" type "\"},\"expiresAt\":\"2026-01-02T03:04:05Z\"}"

TEST(one_wish_is_granted_with_one_object)
{
	expect("{\"contentType\":\"image/jpeg\",\"size\":7}", NULL, 200,
		GRANT("uploads/" ONES ".jpg", "image/jpeg", "7"));
	expect("{\"contentType\":\"image/png\",\"size\":7}", "u|1", 200,
		GRANT("uploads/u_7c1/" ONES ".png", "image/png", "7"));
}

TEST(a_list_is_granted_with_a_list_in_order_and_a_new_key_for_each)
{
	expect("{\"files\":[{\"contentType\":\"image/jpeg\",\"size\":7},"
	       "{\"contentType\":\"image/webp\",\"size\":8}]}",
		"u1", 200,
		"{\"uploads\":[" GRANT("uploads/u1/" ONES ".jpg", "image/jpeg", "7") "," GRANT(
			"uploads/u1/" TWOS ".webp", "image/webp", "8") "]}");
	expect("{\"files\":[{\"contentType\":\"image/jpeg\",\"size\":7}]}", NULL, 200,
		"{\"uploads\":[" GRANT("uploads/" ONES ".jpg", "image/jpeg", "7") "]}");
}

TEST(what_is_not_taken_is_refused_before_anything_is_signed)
{
	const struct left none = {0, 0};

	expect_left(none, "", NULL, 400, "{\"error\":\"the body: not JSON: it breaks off\"}");
	expect_left(none, "{\"contentType\":\"image/png\",\"size\":67108865}", NULL, 400,
		"{\"error\":\"size 67108865 is more than 67108864 bytes\"}");
	expect_left(none,
		"{\"files\":[{\"contentType\":\"image/png\",\"size\":1},"
		"{\"contentType\":\"image/svg+xml\",\"size\":1}]}",
		NULL, 400,
		"{\"error\":\"files[1]: type 'image/svg+xml' is not taken, but image/jpeg, "
		"image/png, image/webp\"}");
}

TEST(a_failure_of_ours_is_told_to_the_caller_and_not_to_the_sender)
{
	static const char two[] = "{\"files\":[{\"contentType\":\"image/png\",\"size\":1},"
				  "{\"contentType\":\"image/png\",\"size\":1}]}";

	for (int works = 0; works < 2; works++) {
		expect_left((struct left){9, works}, two, NULL, 503,
			"{\"error\":\"out of reach for now, try again\"}");
		expect_left((struct left){works, 9}, two, NULL, 500,
			"{\"error\":\"an internal error\"}");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wish_is_granted_with_one_object),
		cmocka_unit_test(a_list_is_granted_with_a_list_in_order_and_a_new_key_for_each),
		cmocka_unit_test(what_is_not_taken_is_refused_before_anything_is_signed),
		cmocka_unit_test(a_failure_of_ours_is_told_to_the_caller_and_not_to_the_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
