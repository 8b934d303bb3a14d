#include "net/presign.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "net/sigv4.h"

#include "test.h"

static const struct sigv4_keys keys = {
	.access_key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

static struct presigner *open_at(const char *endpoint)
{
	struct error err = {0};
	struct presigner *presigner = presigner_with(&keys, "eu-west-1", endpoint, &err);

	assert_non_null(presigner);
	return presigner;
}

/* Check what the URL of a download begins with. */
static void check_url(struct presigner *presigner, const char *endpoint, const char *bucket,
	int64_t time, const char *beginning)
{
	const struct presign_wish wish = {.method = "GET",
		.bucket = bucket,
		.key = "a cat.jpg",
		.endpoint = endpoint,
		.time = time,
		.seconds = 60,
		.bytes = -1};
	struct buffer url = {0};
	struct error err = {0};
	int64_t expires_at;

	assert_int_equal(presign(presigner, &wish, &url, &expires_at, &err), 0);
	assert_int_equal(expires_at, time + 60);
	assert_true(url.length > strlen(beginning));
	url.bytes[strlen(beginning)] = '\0';
	assert_string_equal(url.bytes, beginning);
	buffer_release(&url);
}

TEST(urls_are_of_the_endpoint_that_is_wished_for_or_else_of_the_presigners)
{
	struct presigner *presigner = open_at("http://localhost:8080/");

	for (int again = 0; again < 2; again++) {
		check_url(presigner, NULL, "photos", 0,
			"http://localhost:8080/photos/a%20cat.jpg?X-Amz-");
		check_url(presigner, NULL, "others", 0,
			"http://localhost:8080/others/a%20cat.jpg?X-Amz-");
		check_url(presigner, "http://[::1]:9", "others", 0,
			"http://[::1]:9/others/a%20cat.jpg?X-Amz-");
		check_url(presigner, "https://pictures.test:443/at", "photos", 0,
			"https://pictures.test/at/photos/a%20cat.jpg?X-Amz-");
	}
	presigner_free(presigner);
}

TEST(urls_without_an_endpoint_are_of_s3)
{
	struct presigner *presigner = open_at(NULL);

	check_url(presigner, NULL, "photos", 0,
		"https://photos.s3.eu-west-1.amazonaws.com/a%20cat.jpg?X-Amz-");
	check_url(presigner, "http://localhost:80", "photos", 0, "http://localhost/photos/a%20cat");
	check_url(presigner, NULL, "photos", 0,
		"https://photos.s3.eu-west-1.amazonaws.com/a%20cat.jpg?X-Amz-");
	presigner_free(presigner);
}

TEST(each_day_has_its_own_key)
{
	struct presigner *presigner = open_at("http://localhost");

	check_url(presigner, NULL, "photos", 86399,
		"http://localhost/photos/a%20cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&"
		"X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F19700101%2Feu-west-1%2Fs3%2Faws4_"
		"request&");
	check_url(presigner, NULL, "photos", 86400,
		"http://localhost/photos/a%20cat.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&"
		"X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F19700102%2Feu-west-1%2Fs3%2Faws4_"
		"request&");
	presigner_free(presigner);
}

TEST(what_can_be_no_keys_region_or_endpoint_is_refused)
{
	const struct sigv4_keys no_id = {.access_key_id = "two words", .secret_access_key = "s"};
	struct presign_wish wish = {.method = "GET",
		.bucket = "photos",
		.key = "a",
		.endpoint = "localhost:8080",
		.seconds = 60,
		.bytes = -1};
	struct presigner *presigner = open_at("http://localhost");
	struct buffer url = {0};
	struct error err = {0};
	int64_t expires_at;

	assert_null(presigner_with(&no_id, "eu-west-1", NULL, &err));
	assert_string_equal(err.text, "the keys that were given: the access key ID can be none");
	assert_null(presigner_with(&keys, "Eu west", NULL, &err));
	assert_null(presigner_with(&keys, "eu-west-1", "ftp://localhost", &err));
	assert_int_equal(presign(presigner, &wish, &url, &expires_at, &err), -1);
	wish.endpoint = NULL;
	assert_int_equal(presign(presigner, &wish, &url, &expires_at, &err), 0);
	buffer_release(&url);
	presigner_free(presigner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			urls_are_of_the_endpoint_that_is_wished_for_or_else_of_the_presigners),
		cmocka_unit_test(urls_without_an_endpoint_are_of_s3),
		cmocka_unit_test(each_day_has_its_own_key),
		cmocka_unit_test(what_can_be_no_keys_region_or_endpoint_is_refused),
	};

	return cmocka_run_group_tests_name("net/presign", tests, NULL, NULL);
}
