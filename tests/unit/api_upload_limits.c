#include <stdint.h>
#include <string.h>

#include "api/upload_limits.h"
#include "base/error.h"
#include "event/web.h"
#include "store/object.h"
#include "test.h"

static int check(const char *content_type, int64_t bytes, struct error *err)
{
	const struct upload_limits limits = {.max_bytes = 1000, .max_files = 2};
	const struct upload_type *type;
	int rc = upload_limits_check(&limits, content_type, bytes, &type, err);

	if (rc == 0)
		assert_string_equal(type->content_type, content_type);
	return rc;
}

TEST(three_types_are_taken_and_each_has_its_suffix)
{
	assert_string_equal(upload_type_find("image/jpeg")->suffix, ".jpg");
	assert_string_equal(upload_type_find("image/png")->suffix, ".png");
	assert_string_equal(upload_type_find("image/webp")->suffix, ".webp");
}

TEST(no_other_type_is_taken_however_alike)
{
	static const char *const types[] = {"", "image/jpg", "image/JPEG", "image/jpeg ",
		" image/jpeg", "image/jpeg; charset=utf-8", "image/jpeg,image/png", "image/*",
		"image/svg+xml", "image/gif", "image/heic", "text/html", "jpeg", "image/jpe"};
	struct error err = {0};

	for (size_t i = 0; i < COUNT(types); i++) {
		assert_null(upload_type_find(types[i]));
		assert_int_equal(check(types[i], 1, &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
	}
	check("image/gif", 1, &err);
	assert_string_equal(
		err.text, "type 'image/gif' is not taken, but image/jpeg, image/png, image/webp");
}

TEST(a_size_is_at_least_a_byte_and_at_most_the_largest)
{
	struct error err = {0};

	assert_int_equal(check("image/png", 1, &err), 0);
	assert_int_equal(check("image/png", 1000, &err), 0);
	assert_int_equal(check("image/png", 1001, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_string_equal(err.text, "size 1001 is more than 1000 bytes");
	assert_int_equal(check("image/png", INT64_MAX, &err), -1);
	assert_int_equal(check("image/png", 0, &err), -1);
	assert_string_equal(err.text, "size 0 is no picture's");
	assert_int_equal(check("image/png", -1, &err), -1);
	assert_int_equal(check("image/png", INT64_MIN, &err), -1);
}

TEST(what_is_allowed_is_told)
{
	struct web_reply reply = {0};

	upload_limits_reply(&upload_limits_default, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body.bytes,
		"{\"contentTypes\":[\"image/jpeg\",\"image/png\",\"image/webp\"],"
		"\"maxSize\":67108864,\"maxFiles\":50}");
	upload_limits_reply(&(struct upload_limits){.max_bytes = 5, .max_files = 1}, &reply);
	assert_non_null(strstr(reply.body.bytes, "\"maxSize\":5,\"maxFiles\":1}"));
	web_reply_release(&reply);
	assert_int_equal(upload_limits_default.max_bytes, OBJECT_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_types_are_taken_and_each_has_its_suffix),
		cmocka_unit_test(no_other_type_is_taken_however_alike),
		cmocka_unit_test(a_size_is_at_least_a_byte_and_at_most_the_largest),
		cmocka_unit_test(what_is_allowed_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
