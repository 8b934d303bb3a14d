#include "net/sigv4.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#include "test.h"

static const struct sigv4_keys example = {
	.access_key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

static int64_t at(const char *text)
{
	int64_t time = 0;

	assert_int_equal(clock_parse(text, &time), 0);
	return time;
}

static int open_digest(void **state)
{
	struct error err = {0};

	(void)state;
	return digest_open(&err);
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
TEST(the_documented_example_of_s3_is_signed_as_documented)
{
	const struct header host = {"Host", "examplebucket.s3.amazonaws.com"};
	const struct sigv4_request request = {.method = "GET",
		.path = "/test.txt",
		.headers = &host,
		.header_count = 1,
		.payload = SIGV4_UNSIGNED_PAYLOAD};
	struct sigv4_signature signature = {0};
	struct sigv4_key key;
	int64_t time = at("2013-05-24T00:00:00Z");

	sigv4_key_init(&key, example.secret_access_key, time, "us-east-1", "s3");
	for (int again = 0; again < 2; again++) {
		sigv4_sign_query(&signature, &request, &example, &key, time, 86400);
		assert_string_equal(signature.hex,
			"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
		assert_string_equal(signature.query.bytes,
			"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F"
			"20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&"
			"X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
			"aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	}
	sigv4_release(&signature);
}

static void expect_canonical(
	const struct sigv4_request *request, const struct sigv4_keys *keys, const char *canonical)
{
	struct sigv4_signature signature = {0};
	struct sigv4_key key;
	int64_t time = at("2015-08-30T12:36:00Z");

	sigv4_key_init(&key, keys->secret_access_key, time, "us-east-1", "service");
	sigv4_sign_headers(&signature, request, keys, &key, time);
	assert_string_equal(signature.canonical_request.bytes, canonical);
	sigv4_release(&signature);
}

TEST(headers_are_sorted_trimmed_and_joined)
{
	const struct header headers[] = {{"Zoo", "  a  b\n   c "}, {"My-Header1", "2"},
		{"HOST", "h"}, {"my-header1", "1"}, {"Empty", ""}};
	const struct sigv4_request request = {.method = "GET",
		.path = "/",
		.headers = headers,
		.header_count = COUNT(headers),
		.payload = "p"};

	expect_canonical(&request, &example,
		"GET\n/\n\nempty:\nhost:h\nmy-header1:2,1\nx-amz-date:20150830T123600Z\n"
		"zoo:a b c\n\nempty;host;my-header1;x-amz-date;zoo\np");
}

TEST(a_token_is_signed)
{
	const struct sigv4_keys keys = {
		.access_key_id = "a", .secret_access_key = "s", .session_token = "to/ken=="};
	const struct sigv4_request request = {.method = "GET", .path = "", .payload = "p"};
	struct sigv4_signature signature = {0};
	struct sigv4_key key;

	expect_canonical(&request, &keys,
		"GET\n/\n\nx-amz-date:20150830T123600Z\nx-amz-security-token:to/ken==\n\n"
		"x-amz-date;x-amz-security-token\np");
	sigv4_key_init(&key, "s", 0, "us-east-1", "s3");
	sigv4_sign_query(&signature, &request, &keys, &key, 0, 60);
	assert_non_null(strstr(signature.query.bytes, "X-Amz-Security-Token=to%2Fken%3D%3D"));
	sigv4_release(&signature);
}

TEST(a_query_is_sorted_by_names_and_then_values_and_encoded_once)
{
	const struct sigv4_request request = {.method = "GET",
		.path = "/",
		.query = "b=2&a-b=1&a=2&a=1&&p%20q=%2f+&e&\xe1\x88\xb4=%",
		.payload = "p"};

	expect_canonical(&request, &example,
		"GET\n/\n%E1%88%B4=%25&a=1&a=2&a-b=1&b=2&e=&p%20q=%2F%2B\n"
		"x-amz-date:20150830T123600Z\n\nx-amz-date\np");
}

TEST(paths_are_signed_as_the_service_has_it)
{
	static const struct {
		enum sigv4_path form;
		const char *path, *canonical;
	} cases[] = {
		{SIGV4_AS_SENT, "//a/../b%20c/", "//a/../b%20c/"},
		{SIGV4_ENCODED, "//a/../b%20c/", "//a/../b%2520c/"},
		{SIGV4_NORMALIZED, "//a/../b%20c/", "/b%2520c/"},
		{SIGV4_NORMALIZED, "/a/b/../..", "/"},
		{SIGV4_NORMALIZED, "/../../a/.", "/a"},
		{SIGV4_NORMALIZED, "/./", "/"},
		{SIGV4_NORMALIZED, "", "/"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sigv4_request request = {.method = "GET",
			.path = cases[i].path,
			.payload = "p",
			.form = cases[i].form};
		char expected[200];

		snprintf(expected, sizeof(expected),
			"GET\n%s\n\nx-amz-date:20150830T123600Z\n\nx-amz-date\np",
			cases[i].canonical);
		expect_canonical(&request, &example, expected);
	}
}

TEST(a_key_holds_for_its_day)
{
	struct sigv4_key key;
	int64_t day = at("2015-08-30");

	sigv4_key_init(&key, "s", day + 5, "us-east-1", "s3");
	assert_true(sigv4_key_holds(&key, day));
	assert_true(sigv4_key_holds(&key, day + 86399));
	assert_false(sigv4_key_holds(&key, day - 1));
	assert_false(sigv4_key_holds(&key, day + 86400));
}

/* RFC 4231, test cases 2 and 6: a short key, and one longer than a block. */
TEST(hmac_is_as_its_rfc_has_it)
{
	unsigned char long_key[131], result[DIGEST_BYTES];
	struct digest_key key;
	char hex[DIGEST_HEX];

	digest_key_init(&key, "Jefe", 4);
	digest_hmac(&key, "what do ya want for nothing?", 28, result);
	digest_hex(result, hex);
	assert_string_equal(
		hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(long_key, 0xaa, sizeof(long_key));
	digest_key_init(&key, long_key, sizeof(long_key));
	digest_hmac(&key, "Test Using Larger Than Block-Size Key - Hash Key First", 54, result);
	digest_hex(result, hex);
	assert_string_equal(
		hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_example_of_s3_is_signed_as_documented),
		cmocka_unit_test(headers_are_sorted_trimmed_and_joined),
		cmocka_unit_test(a_token_is_signed),
		cmocka_unit_test(a_query_is_sorted_by_names_and_then_values_and_encoded_once),
		cmocka_unit_test(paths_are_signed_as_the_service_has_it),
		cmocka_unit_test(a_key_holds_for_its_day),
		cmocka_unit_test(hmac_is_as_its_rfc_has_it),
	};

	return cmocka_run_group_tests(tests, open_digest, NULL);
}
