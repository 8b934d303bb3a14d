#include "net/endpoint.h"

#include "base/error.h"

#include "test.h"

TEST(each_service_region_and_bucket_has_its_endpoint)
{
	static const struct {
		const char *service, *region, *bucket, *custom, *origin, *host, *path;
	} cases[] = {
		{"s3", "us-east-1", "photos", NULL, "https://photos.s3.us-east-1.amazonaws.com",
			"photos.s3.us-east-1.amazonaws.com", ""},
		{"s3", "cn-north-1", "photos", NULL,
			"https://photos.s3.cn-north-1.amazonaws.com.cn",
			"photos.s3.cn-north-1.amazonaws.com.cn", ""},
		{"s3", "eu-west-1", "a.b", NULL, "https://s3.eu-west-1.amazonaws.com",
			"s3.eu-west-1.amazonaws.com", "/a.b"},
		{"s3", "eu-west-1", "Old_Bucket", NULL, "https://s3.eu-west-1.amazonaws.com",
			"s3.eu-west-1.amazonaws.com", "/Old_Bucket"},
		{"dynamodb", "us-iso-east-1", NULL, NULL,
			"https://dynamodb.us-iso-east-1.c2s.ic.gov",
			"dynamodb.us-iso-east-1.c2s.ic.gov", ""},
		{"dynamodb", "us-isob-east-1", NULL, NULL,
			"https://dynamodb.us-isob-east-1.sc2s.sgov.gov",
			"dynamodb.us-isob-east-1.sc2s.sgov.gov", ""},
		{"s3", "us-east-1", "photos", "http://127.0.0.1:9000/root/",
			"http://127.0.0.1:9000", "127.0.0.1:9000", "/root/photos"},
		{"states", "us-east-1", NULL, "https://localhost:443", "https://localhost",
			"localhost", ""},
	};
	struct endpoint endpoint = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};

		assert_int_equal(endpoint_find(&endpoint, cases[i].service, cases[i].region,
					 cases[i].bucket, cases[i].custom, &err),
			0);
		assert_string_equal(endpoint.origin.bytes, cases[i].origin);
		assert_string_equal(endpoint.host.bytes, cases[i].host);
		assert_string_equal(endpoint.path.bytes, cases[i].path);
	}
	endpoint_release(&endpoint);
}

TEST(what_is_no_region_or_bucket_is_refused)
{
	static const char *const regions[] = {"", "evil.example/", "US-EAST-1", "a b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const buckets[] = {
		"", "ab", "a/b", "..", "...", "a b", "b?x", "b#x", "b@x", "b%2f", "b:80"};
	struct endpoint endpoint = {0};

	for (size_t i = 0; i < COUNT(regions); i++) {
		struct error err = {0};

		assert_int_equal(
			endpoint_find(&endpoint, "s3", regions[i], "photos", NULL, &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
	}
	for (size_t i = 0; i < COUNT(buckets); i++) {
		struct error err = {0};

		assert_int_equal(
			endpoint_find(&endpoint, "s3", "us-east-1", buckets[i], NULL, &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
	}
	endpoint_release(&endpoint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_service_region_and_bucket_has_its_endpoint),
		cmocka_unit_test(what_is_no_region_or_bucket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
