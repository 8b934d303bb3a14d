#include <string.h>

#include "api/upload_limits.h"
#include "api/upload_wish.h"
#include "base/buffer.h"
#include "base/error.h"
#include "test.h"

static const struct upload_limits limits = {.max_bytes = 1000, .max_files = 3};

/* Read a body and write what was understood of it. */
static void expect(const char *text, const char *expected)
{
	struct upload_wishes wishes = {0};
	struct buffer body = {0}, told = {0};
	struct error err = {0};

	if (text)
		buffer_text(&body, text);
	buffer_text(&told, "");
	if (upload_wishes_read(&wishes, &body, &limits, &err)) {
		assert_null(wishes.wish);
		assert_int_equal(wishes.count, 0);
		buffer_format(&told, "! %s", err.text);
	}
	if (wishes.several)
		buffer_text(&told, "several:");
	for (size_t i = 0; i < wishes.count; i++)
		buffer_format(&told, " %s %lld", wishes.wish[i].type->content_type,
			(long long)wishes.wish[i].bytes);
	assert_string_equal(told.bytes, expected);
	upload_wishes_release(&wishes);
	buffer_release(&body);
	buffer_release(&told);
}

#define PNG(size) "{\"contentType\":\"image/png\",\"size\":" size "}"

TEST(one_file_is_one_wish)
{
	expect(PNG("1000"), " image/png 1000");
	expect(" {\"size\":1,\"name\":\"a.jpg\",\"contentType\":\"image\\/jpeg\"}\n",
		" image/jpeg 1");
	expect("{\"size\":1,\"files\":null,\"contentType\":\"image/webp\"}", " image/webp 1");
}

TEST(a_list_of_files_keeps_its_order)
{
	expect("{\"files\":[" PNG("1") "," PNG(
		       "3") ",{\"contentType\":\"image/jpeg\",\"size\":2}]}",
		"several: image/png 1 image/png 3 image/jpeg 2");
	expect("{\"files\":[" PNG("7") "]}", "several: image/png 7");
}

TEST(what_is_missing_or_not_of_its_type_is_named)
{
	expect("{}", "! contentType is missing, or not a text");
	expect("{\"contentType\":\"image/png\"}",
		"! size is missing, or not a whole number of bytes");
	expect("{\"size\":1}", "! contentType is missing, or not a text");
	expect("{\"contentType\":1,\"size\":1}", "! contentType is missing, or not a text");
	expect("{\"contentType\":null,\"size\":1}", "! contentType is missing, or not a text");
	expect("{\"contentType\":\"image/png\\u0000\",\"size\":1}",
		"! contentType is missing, or not a text");
	expect(PNG("\"1\""), "! size is missing, or not a whole number of bytes");
	expect(PNG("1.0"), "! size is missing, or not a whole number of bytes");
	expect(PNG("1e2"), "! size is missing, or not a whole number of bytes");
	expect(PNG("null"), "! size is missing, or not a whole number of bytes");
	expect(PNG("true"), "! size is missing, or not a whole number of bytes");
	expect(PNG("[1]"), "! size is missing, or not a whole number of bytes");
}

TEST(what_is_not_allowed_is_refused)
{
	expect("{\"contentType\":\"image/gif\",\"size\":1}",
		"! type 'image/gif' is not taken, but image/jpeg, image/png, image/webp");
	expect(PNG("0"), "! size 0 is no picture's");
	expect(PNG("-5"), "! size -5 is no picture's");
	expect(PNG("1001"), "! size 1001 is more than 1000 bytes");
	expect(PNG("18446744073709551617"), "! size 9223372036854775807 is more than 1000 bytes");
}

TEST(one_bad_file_refuses_all_and_is_named)
{
	expect("{\"files\":[" PNG("1") "," PNG("1001") "]}",
		"! files[1]: size 1001 is more than 1000 bytes");
	expect("{\"files\":[" PNG("1") ",{}]}",
		"! files[1]: contentType is missing, or not a text");
	expect("{\"files\":[null]}", "! files[0]: not an object");
	expect("{\"files\":[[]]}", "! files[0]: not an object");
	expect("{\"files\":[" PNG("1") "," PNG("1") "," PNG("1") "," PNG("1") "]}",
		"! 4 files are more than 3 at once");
	expect("{\"files\":[]}", "! files is empty");
	expect("{\"files\":{}}", "! files is not an array");
	expect("{\"files\":\"x\"}", "! files is not an array");
	expect("{\"files\":[" PNG("1") "],\"size\":1}", "! either files, or contentType and size");
}

TEST(a_body_that_is_no_object_is_refused)
{
	char deep[200001];

	expect(NULL, "! the body: not JSON: it breaks off");
	expect("", "! the body: not JSON: it breaks off");
	expect("{\"size\":1", "! the body: not JSON: it breaks off");
	expect("null", "! the body: not a JSON object: null");
	expect("[]", "! the body is not an object");
	expect("\"x\"", "! the body is not an object");
	expect("{\"size\":1,\"size\":2}", "! the body: a name stands twice in one object");
	expect("{\"a\":\"\xff\"}", "! the body: not JSON: not UTF-8 at byte 7");
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	expect(deep, "! the body: not JSON: nesting too deep at byte 33");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_file_is_one_wish),
		cmocka_unit_test(a_list_of_files_keeps_its_order),
		cmocka_unit_test(what_is_missing_or_not_of_its_type_is_named),
		cmocka_unit_test(what_is_not_allowed_is_refused),
		cmocka_unit_test(one_bad_file_refuses_all_and_is_named),
		cmocka_unit_test(a_body_that_is_no_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
