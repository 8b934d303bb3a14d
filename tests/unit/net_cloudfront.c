#include "net/cloudfront.h"

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "scratch.h"

/* Key pairs that nobody else has; tests/results.bats looks at what they sign. */
static void make_key(const char *command)
{
	char line[200];

	snprintf(line, sizeof(line), "%s 2>stderr", command);
	assert_int_equal(system(line), 0);
}

static struct cloudfront *open_key(void)
{
	struct error err = {0};
	struct cloudfront *cloudfront;

	make_key("openssl genrsa -out key 2048");
	cloudfront = cloudfront_open("K2JCJMDEHXQW5F", "key", &err);
	assert_non_null(cloudfront);
	return cloudfront;
}

static void check_refused(const char *id, const char *place, const char *text)
{
	struct error err = {0};

	assert_null(cloudfront_open(id, place, &err));
	assert_int_equal(err.type, ERROR_INVALID);
	assert_non_null(strstr(err.text, text));
}

TEST(a_url_is_signed_for_its_time_and_is_the_same_every_time)
{
	struct cloudfront *cloudfront = open_key();
	struct buffer url = {0}, again = {0};
	struct error err = {0};

	buffer_text(&url, "https://d1.example/a.jpg");
	buffer_text(&again, "https://d1.example/a.jpg");
	assert_int_equal(cloudfront_sign(cloudfront, &url, 1767290400, &err), 0);
	assert_int_equal(cloudfront_sign(cloudfront, &again, 1767290400, &err), 0);
	assert_string_equal(url.bytes, again.bytes);
	assert_int_equal(
		strncmp(url.bytes, "https://d1.example/a.jpg?Expires=1767290400&Signature=", 54),
		0);
	/* 256 bytes in base64, with nothing that means something in a query. */
	assert_int_equal(
		strspn(url.bytes + 54,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~"),
		344);
	assert_string_equal(url.bytes + 54 + 344, "&Key-Pair-Id=K2JCJMDEHXQW5F");
	buffer_release(&url);
	buffer_release(&again);
	cloudfront_free(cloudfront);
}

TEST(the_end_of_time_is_in_2038)
{
	struct cloudfront *cloudfront = open_key();
	struct buffer url = {0};
	struct error err = {0};

	buffer_text(&url, "https://d1.example/a.jpg");
	assert_int_equal(cloudfront_sign(cloudfront, &url, (int64_t)INT32_MAX + 1, &err), -1);
	assert_int_equal(err.type, ERROR_INVALID);
	assert_string_equal(url.bytes, "https://d1.example/a.jpg");
	assert_int_equal(cloudfront_sign(cloudfront, &url, INT32_MAX, &err), 0);
	buffer_release(&url);
	cloudfront_free(cloudfront);
}

TEST(what_is_no_key_is_refused)
{
	make_key("openssl genrsa -out short 1024");
	make_key("openssl genrsa -out long 3072");
	make_key("openssl genpkey -algorithm ed25519 -out curve");
	make_key("openssl genrsa -aes128 -passout pass:x -out locked 2048");
	scratch_write("text", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
	check_refused("K1", "short", "short: not an RSA key of 2048 bits");
	check_refused("K1", "long", "long: not an RSA key of 2048 bits");
	check_refused("K1", "curve", "curve: not an RSA key of 2048 bits");
	check_refused("K1", "locked", "locked: not a private key in PEM without a passphrase");
	check_refused("K1", "text", "text: not a private key in PEM without a passphrase");
	check_refused("K1", "none", "none: ");
	check_refused("", "short", "not the id of a key of CloudFront's");
	check_refused("K1&Key-Pair-Id=K2", "short", "not the id of a key of CloudFront's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_url_is_signed_for_its_time_and_is_the_same_every_time),
		SCRATCH_TEST(the_end_of_time_is_in_2038),
		SCRATCH_TEST(what_is_no_key_is_refused),
	};

	return cmocka_run_group_tests_name("net/cloudfront", tests, NULL, NULL);
}
