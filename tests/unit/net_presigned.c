#include "net/presigned.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/percent.h"
#include "net/digest.h"
#include "net/presign.h"
#include "net/sigv4.h"

#include "test.h"

static const struct sigv4_keys example = {
	.access_key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

static const struct sigv4_keys of_session = {
	.access_key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	.session_token = "a+token/with==marks",
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

/* A request of which a test may change anything. */
enum { HEADERS = 8 };
struct attempt {
	char method[8], url[PRESIGNED_MAX_URL * 2];
	struct header headers[HEADERS];
	size_t header_count;
	const struct sigv4_keys *keys;
	int64_t time;
};

static enum presigned_fault check(const struct attempt *attempt)
{
	static char path[sizeof(attempt->url)];
	size_t length = strcspn(attempt->url, "?");
	struct presigned_request request = {.method = attempt->method,
		.path = path,
		.query = attempt->url[length] ? attempt->url + length + 1 : NULL,
		.headers = attempt->headers,
		.header_count = attempt->header_count};

	memcpy(path, attempt->url, length);
	path[length] = '\0';
	return presigned_check(&request, attempt->keys, "us-east-1", "s3", attempt->time);
}

/* Put `to` where `from` stands in the URL. */
static void change(struct attempt *attempt, const char *from, const char *to)
{
	char *found = strstr(attempt->url, from);
	struct buffer changed = {0};

	assert_non_null(found);
	buffer_append(&changed, attempt->url, (size_t)(found - attempt->url));
	buffer_text(&changed, to);
	buffer_text(&changed, found + strlen(from));
	assert_true(changed.length < sizeof(attempt->url));
	memcpy(attempt->url, changed.bytes, changed.length + 1);
	buffer_release(&changed);
}

static void add_header(struct attempt *attempt, const char *name, const char *value)
{
	assert_true(attempt->header_count < HEADERS);
	attempt->headers[attempt->header_count++] = (struct header){name, value};
}

/* https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
static struct attempt documented(void)
{
	struct attempt attempt = {.method = "GET",
		.url = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
		       "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&"
		       "X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
		       "X-Amz-Signature="
		       "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
		.keys = &example,
		.time = at("2013-05-24T12:00:00Z")};

	add_header(&attempt, "Host", "examplebucket.s3.amazonaws.com");
	return attempt;
}

/* A request as presign() makes it: a once-only upload with all that it can sign. */
static struct attempt upload(const struct sigv4_keys *keys)
{
	struct attempt attempt = {
		.method = "PUT", .keys = keys, .time = at("2026-01-02T03:04:05Z")};
	const struct presign_wish wish = {.method = "PUT",
		.bucket = "photos",
		.key = "raw/a cat+dog.jpg",
		.endpoint = "http://127.0.0.1:8080",
		.time = attempt.time,
		.seconds = 300,
		.content_type = "image/jpeg",
		.bytes = 1234,
		.once = true};
	struct error err = {0};
	struct presigner *presigner = presigner_with(keys, "us-east-1", NULL, &err);
	struct buffer url = {0};
	int64_t expires_at;

	assert_non_null(presigner);
	assert_int_equal(presign(presigner, &wish, &url, &expires_at, &err), 0);
	assert_int_equal(expires_at, wish.time + 300);
	assert_memory_equal(url.bytes, wish.endpoint, strlen(wish.endpoint));
	memcpy(attempt.url, url.bytes + strlen(wish.endpoint),
		url.length - strlen(wish.endpoint) + 1);
	buffer_release(&url);
	presigner_free(presigner);
	add_header(&attempt, "Host", "127.0.0.1:8080");
	add_header(&attempt, "Content-Type", "image/jpeg");
	add_header(&attempt, "Content-Length", "1234");
	add_header(&attempt, "If-None-Match", "*");
	add_header(&attempt, "Accept", "*/*");
	return attempt;
}

/* Sign what the attempt's URL has as its query as somebody with the keys would who signs `names`,
 * whatever sense that makes, and put the signature behind it. */
static void sign(struct attempt *attempt, const struct header *headers, size_t count)
{
	size_t length = strcspn(attempt->url, "?");
	struct sigv4_signature signature = {0};
	struct sigv4_key key;
	struct buffer path = {0};

	buffer_append(&path, attempt->url, length);
	sigv4_key_init(&key, attempt->keys->secret_access_key, attempt->time, "us-east-1", "s3");
	sigv4_sign_query_again(&signature,
		&(struct sigv4_request){.method = attempt->method,
			.path = path.bytes,
			.query = attempt->url + length + 1,
			.headers = headers,
			.header_count = count,
			.payload = SIGV4_UNSIGNED_PAYLOAD},
		&key, attempt->time);
	strcat(attempt->url, "&X-Amz-Signature=");
	strcat(attempt->url, signature.hex);
	sigv4_release(&signature);
	buffer_release(&path);
}

/* A download whose query is made by the test, but for the signature. */
static struct attempt signed_with(const char *query)
{
	struct attempt attempt = {
		.method = "GET", .keys = &example, .time = at("2026-01-02T03:04:05Z")};

	add_header(&attempt, "Host", "127.0.0.1:8080");
	snprintf(attempt.url, sizeof(attempt.url), "/photos/a.jpg?%s", query);
	sign(&attempt, attempt.headers, 1);
	return attempt;
}

#define CREDENTIAL \
	"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20260102/" \
	"us-east-1/s3/aws4_request"
#define DATE "&X-Amz-Date=20260102T030405Z"
#define EXPIRES "&X-Amz-Expires=300"
#define SIGNED "&X-Amz-SignedHeaders=host"

TEST(the_documented_example_of_s3_is_good)
{
	struct attempt attempt = documented();

	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
}

TEST(an_upload_is_good_as_it_was_signed)
{
	struct attempt attempt = upload(&example);

	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
}

TEST(an_upload_of_a_session_is_good_with_its_token_only)
{
	struct attempt attempt = upload(&of_session), other;

	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	attempt.keys = &example;
	assert_int_equal(check(&attempt), PRESIGNED_WRONG_TOKEN);
	other = upload(&example);
	other.keys = &of_session;
	assert_int_equal(check(&other), PRESIGNED_WRONG_TOKEN);
	other = upload(&of_session);
	change(&other, "a%2Btoken", "b%2Btoken");
	assert_int_equal(check(&other), PRESIGNED_WRONG_TOKEN);
	other = upload(&of_session);
	change(&other, "a%2Btoken", "a%2Btoken%00");
	assert_int_equal(check(&other), PRESIGNED_MALFORMED);
}

TEST(a_request_is_good_in_its_time_only)
{
	struct attempt attempt = upload(&example);
	int64_t signed_at = attempt.time;

	attempt.time = signed_at + 299;
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	attempt.time = signed_at + 300;
	assert_int_equal(check(&attempt), PRESIGNED_EXPIRED);
	attempt.time = signed_at - PRESIGNED_SKEW_SECONDS;
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	attempt.time--;
	assert_int_equal(check(&attempt), PRESIGNED_EARLY);
}

TEST(a_url_of_seven_days_is_good_on_the_last_and_under_the_key_of_the_first)
{
	struct attempt attempt = signed_with(CREDENTIAL DATE "&X-Amz-Expires=604800" SIGNED);

	attempt.time += 604799;
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
}

TEST(another_method_path_or_query_is_a_mismatch)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{"/photos/", "/photo5/"},
		{"/photos/", "//photos/"},
		{"/photos/", "/photos//"},
		{"/photos/", "/photos/./"},
		{"/photos/", "/photos/../photos/"},
		{"/photos/raw", "/photos/r%61w"},
		{"a%20cat", "a+cat"},
		{"%2Bdog", "+dog"},
		{"%2Bdog", "%2bdog"},
		{".jpg?", ".jpg/?"},
		{"?X-Amz", "?versionId=1&X-Amz"},
		{"?X-Amz", "?x-id=PutObject&X-Amz"},
		{"&X-Amz-Date", "&acl&X-Amz-Date"},
		{"Expires=300", "Expires=301"},
		{"Expires=300", "Expires=0300"},
		{"T030405Z", "T030406Z"},
	};
	struct attempt attempt = upload(&example);

	strcpy(attempt.method, "GET");
	assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	strcpy(attempt.method, "put");
	assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	for (size_t i = 0; i < COUNT(changes); i++) {
		attempt = upload(&example);
		change(&attempt, changes[i].from, changes[i].to);
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	}
}

TEST(parameters_may_be_escaped_and_ordered_in_whatever_way_means_the_same)
{
	struct attempt attempt = upload(&example);

	change(&attempt, "EXAMPLE%2F20260102%2F", "EXAMPLE/20260102%2f");
	change(&attempt, "content-length%3Bcontent-type", "content-length;content%2dtype");
	change(&attempt, "&X-Amz-Expires=300", "");
	change(&attempt, "?", "?&X-Amz-%45xpires=%3300&&");
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	attempt = documented();
	change(&attempt, "=aeeed9", "=%61eeed9");
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
}

TEST(parameters_that_were_signed_besides_stay_part_of_the_request)
{
	struct attempt attempt = signed_with(
		"response-content-type=image%2Fjpeg&" CREDENTIAL DATE EXPIRES SIGNED "&empty");

	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	change(&attempt, "response-content-type=image", "response-content-type=text");
	assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
}

TEST(a_parameter_that_is_missing_or_there_twice_is_malformed)
{
	static const char *const names[] = {
		"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct attempt attempt = documented();
		char name[40], other[40], twice[200];
		const char *value;

		snprintf(name, sizeof(name), "X-Amz-%s=", names[i]);
		snprintf(other, sizeof(other), "X-Amz-%s_=", names[i]);
		value = strstr(attempt.url, name) + strlen(name);
		snprintf(twice, sizeof(twice), "%s%.*s&%s", name, (int)strcspn(value, "&"), value,
			name);
		change(&attempt, name, other);
		assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
		attempt = documented();
		change(&attempt, name, twice);
		assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
		snprintf(other, sizeof(other), "&X-%%41mz-%s", names[i]);
		attempt = documented();
		strcat(attempt.url, other);
		assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
	}
}

TEST(a_parameter_out_of_shape_is_malformed_though_it_is_signed)
{
	static const char *const queries[] = {
		/* the algorithm */
		"X-Amz-Algorithm=AWS4-HMAC-SHA1&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20260102/"
		"us-east-1/s3/aws4_request" DATE EXPIRES SIGNED,
		/* the date */
		CREDENTIAL "&X-Amz-Date=" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102T030405" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102T030405ZZ" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102t030405Z" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102 030405Z" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260132T030405Z" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102T030465Z" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=2026-01-02T03:04" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=+0260102T030405Z" EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102T030405." EXPIRES SIGNED,
		CREDENTIAL "&X-Amz-Date=20260102T030405%00" EXPIRES SIGNED,
		/* how long it holds */
		CREDENTIAL DATE "&X-Amz-Expires=" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=0" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=-1" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=+300" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=%20300" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=300s" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=3e2" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=0x12c" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=604801" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=0000300" SIGNED,
		CREDENTIAL DATE "&X-Amz-Expires=18446744073709551916" SIGNED,
		/* the headers */
		CREDENTIAL DATE EXPIRES "&X-Amz-SignedHeaders=",
		CREDENTIAL DATE EXPIRES "&X-Amz-SignedHeaders=content-type",
		CREDENTIAL DATE EXPIRES "&X-Amz-SignedHeaders=host,content-type",
	};

	for (size_t i = 0; i < COUNT(queries); i++) {
		struct attempt attempt = signed_with(queries[i]);

		assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
	}
}

static void check_credential(const char *id, const char *scope, enum presigned_fault fault)
{
	struct attempt attempt;
	char query[300];

	snprintf(query, sizeof(query),
		"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s/%s" DATE EXPIRES SIGNED, id,
		scope);
	attempt = signed_with(query);
	assert_int_equal(check(&attempt), fault);
}

TEST(a_credential_of_another_day_region_service_or_end_is_malformed)
{
	static const char *const scopes[] = {"20260101/us-east-1/s3/aws4_request",
		"20260102/us-east-2/s3/aws4_request", "20260102/us-east-1/s4/aws4_request",
		"20260102/us-east-1/s3/aws4_requests", "20260102/us-east-1/s3/aws4_request/",
		"20260102/us-east-1/s3", "", "/", "2026010/2us-east-1/s3/aws4_request"};

	for (size_t i = 0; i < COUNT(scopes); i++)
		check_credential(example.access_key_id, scopes[i], PRESIGNED_MALFORMED);
}

TEST(a_credential_of_other_keys_is_unknown)
{
	static const char *const ids[] = {
		"AKIAIOSFODNN7EXAMPLF", "AKIAIOSFODNN7EXAMPL", "AKIAIOSFODNN7EXAMPLE/", "", "akia"};

	for (size_t i = 0; i < COUNT(ids); i++)
		check_credential(
			ids[i], "20260102/us-east-1/s3/aws4_request", PRESIGNED_UNKNOWN_KEY);
}

TEST(names_of_headers_in_another_order_twice_or_none_are_a_mismatch)
{
	static const char *const lists[] = {"host;accept", "host;host", "accept;host;", ";host",
		"accept;;host", "accept;Host;host", "accept;Host", "accept;host;x-not-sent"};
	struct attempt attempt = {
		.method = "GET", .keys = &example, .time = at("2026-01-02T03:04:05Z")};
	struct attempt good;

	add_header(&attempt, "Accept", "*/*");
	add_header(&attempt, "Host", "127.0.0.1:8080");
	for (size_t i = 0; i < COUNT(lists); i++) {
		snprintf(attempt.url, sizeof(attempt.url), "/a?%s&X-Amz-SignedHeaders=%s",
			CREDENTIAL DATE EXPIRES, lists[i]);
		sign(&attempt, attempt.headers, 2);
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	}
	good = attempt;
	strcpy(good.url, "/a?" CREDENTIAL DATE EXPIRES "&X-Amz-SignedHeaders=accept;host");
	sign(&good, good.headers, 2);
	assert_int_equal(check(&good), PRESIGNED_GOOD);
}

TEST(a_signed_header_that_is_missing_changed_or_there_twice_is_a_mismatch)
{
	static const char *const others[] = {"127.0.0.1", "image/png", "1235", "other"};

	for (size_t i = 0; i < COUNT(others); i++) {
		struct attempt attempt = upload(&example);

		attempt.headers[i].value = others[i];
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
		attempt = upload(&example);
		attempt.headers[i].value = "";
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
		attempt = upload(&example);
		attempt.headers[i].name = "x-other";
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
		attempt = upload(&example);
		add_header(&attempt, attempt.headers[i].name, attempt.headers[i].value);
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	}
}

TEST(spaces_around_a_signed_value_and_the_case_of_its_name_do_not_matter)
{
	struct attempt attempt = upload(&example);

	attempt.headers[1] = (struct header){"CONTENT-TYPE", " \timage/jpeg  "};
	assert_int_equal(check(&attempt), PRESIGNED_GOOD);
	attempt.headers[1].value = "image/ jpeg";
	assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	attempt.headers[1].value = "IMAGE/JPEG";
	assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
}

TEST(a_header_of_amazons_is_to_be_signed)
{
	struct attempt attempt = upload(&example);

	add_header(&attempt, "X-Amz-Acl", "public-read");
	assert_int_equal(check(&attempt), PRESIGNED_UNSIGNED_HEADER);
}

TEST(a_request_is_signed_one_way)
{
	struct attempt attempt = upload(&example);

	add_header(&attempt, "Authorization", "AWS4-HMAC-SHA256 Credential=...");
	assert_int_equal(check(&attempt), PRESIGNED_SIGNED_TWICE);
}

TEST(a_request_without_signature_is_told_so)
{
	static const char *const urls[] = {"/photos/a.jpg", "/photos/a.jpg?",
		"/photos/a.jpg?x-amz-signature=1", "/photos/a.jpg?AWSAccessKeyId=AKIA&Signature=a"};

	for (size_t i = 0; i < COUNT(urls); i++) {
		struct attempt attempt = documented();

		strcpy(attempt.url, urls[i]);
		assert_int_equal(check(&attempt), PRESIGNED_NOT_SIGNED);
	}
}

TEST(a_signature_in_another_shape_is_a_mismatch)
{
	static const char *const ends[] = {"0", "00", "%00", " "};

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct attempt attempt = documented();

		strcat(attempt.url, ends[i]);
		assert_int_not_equal(check(&attempt), PRESIGNED_GOOD);
		attempt = documented();
		attempt.url[strlen(attempt.url) - 1 - i] = '\0';
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	}
	for (int upper = 0; upper < 2; upper++) {
		struct attempt attempt = documented();

		change(&attempt, "=aeeed9bb", upper ? "=AEEED9bb" : "= aeeed9bb");
		assert_int_equal(check(&attempt), PRESIGNED_MISMATCH);
	}
}

TEST(a_request_of_absurd_size_is_malformed)
{
	struct attempt attempt = documented();
	size_t length = strlen(attempt.url);
	struct header many[PRESIGNED_MAX_HEADERS + 1];
	struct presigned_request request = {
		.method = "GET", .path = "/", .query = "", .headers = many};

	memset(attempt.url + length, 'a', PRESIGNED_MAX_URL);
	attempt.url[length] = '&';
	attempt.url[length + PRESIGNED_MAX_URL] = '\0';
	assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
	attempt = documented();
	for (int i = 0; i < PRESIGNED_MAX_PARAMETERS; i++)
		strcat(attempt.url, "&a");
	assert_int_equal(check(&attempt), PRESIGNED_MALFORMED);
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct header){"a", "b"};
	request.header_count = COUNT(many);
	assert_int_equal(
		presigned_check(&request, &example, "us-east-1", "s3", 0), PRESIGNED_MALFORMED);
}

/* Return whether two queries mean the same but for how their parameters are escaped. */
static bool means_the_same(const char *a, const char *b)
{
	struct buffer decoded[2] = {0};
	const char *const urls[] = {a, b};
	bool same;

	for (int i = 0; i < 2; i++) {
		size_t length = strcspn(urls[i], "?");

		buffer_append(&decoded[i], urls[i], length);
		percent_decode(&decoded[i], urls[i] + length, strlen(urls[i] + length));
	}
	same = decoded[0].length == decoded[1].length &&
		memcmp(decoded[0].bytes, decoded[1].bytes, decoded[0].length) == 0;
	buffer_release(&decoded[0]);
	buffer_release(&decoded[1]);
	return same;
}

/* Each byte becomes each other that a request line can have, but that its case in an escape, "%2f",
 * means nothing in a query. */
TEST(a_url_with_any_one_byte_changed_is_refused)
{
	const struct attempt good = upload(&example);
	size_t length = strlen(good.url);

	for (size_t i = 1; i < length; i++) {
		for (char byte = '!'; byte <= '~'; byte++) {
			struct attempt attempt = good;

			attempt.url[i] = byte;
			if (means_the_same(attempt.url, good.url))
				continue;
			assert_int_not_equal(check(&attempt), PRESIGNED_GOOD);
		}
	}
}

TEST(a_url_with_any_one_byte_more_or_less_is_refused)
{
	const struct attempt good = upload(&example);
	size_t length = strlen(good.url);

	for (size_t i = 1; i <= length; i++) {
		struct attempt more = good, less = good;

		memmove(less.url + i - 1, less.url + i, length - i + 1);
		assert_int_not_equal(check(&less), PRESIGNED_GOOD);
		memmove(more.url + i + 1, more.url + i, length - i + 1);
		for (const char *byte = "a0;=%/+.?#"; *byte; byte++) {
			more.url[i] = *byte;
			assert_int_not_equal(check(&more), PRESIGNED_GOOD);
		}
	}
}

TEST(what_a_request_covers_is_told_by_its_signed_headers)
{
	struct presigned_request request = {.query = "X-Amz-SignedHeaders=content-type%3Bhost"};

	assert_true(presigned_covers(&request, "content-type"));
	assert_true(presigned_covers(&request, "host"));
	assert_false(presigned_covers(&request, "content"));
	assert_false(presigned_covers(&request, "content-length"));
	request.query = "X-Amz-SignedHeaders";
	assert_false(presigned_covers(&request, ""));
	request.query = NULL;
	assert_false(presigned_covers(&request, "host"));
}

TEST(every_fault_has_its_refusal)
{
	for (int fault = PRESIGNED_NOT_SIGNED; fault <= PRESIGNED_MISMATCH; fault++) {
		const struct presigned_refusal *refusal =
			presigned_refusal((enum presigned_fault)fault);

		assert_in_range(refusal->status, 400, 403);
		assert_non_null(refusal->code);
		assert_non_null(refusal->message);
	}
	assert_string_equal(presigned_refusal(PRESIGNED_MISMATCH)->code, "SignatureDoesNotMatch");
	assert_string_equal(presigned_refusal(PRESIGNED_EXPIRED)->message, "Request has expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_documented_example_of_s3_is_good),
		cmocka_unit_test(an_upload_is_good_as_it_was_signed),
		cmocka_unit_test(an_upload_of_a_session_is_good_with_its_token_only),
		cmocka_unit_test(a_request_is_good_in_its_time_only),
		cmocka_unit_test(
			a_url_of_seven_days_is_good_on_the_last_and_under_the_key_of_the_first),
		cmocka_unit_test(another_method_path_or_query_is_a_mismatch),
		cmocka_unit_test(
			parameters_may_be_escaped_and_ordered_in_whatever_way_means_the_same),
		cmocka_unit_test(parameters_that_were_signed_besides_stay_part_of_the_request),
		cmocka_unit_test(a_parameter_that_is_missing_or_there_twice_is_malformed),
		cmocka_unit_test(a_parameter_out_of_shape_is_malformed_though_it_is_signed),
		cmocka_unit_test(a_credential_of_another_day_region_service_or_end_is_malformed),
		cmocka_unit_test(a_credential_of_other_keys_is_unknown),
		cmocka_unit_test(names_of_headers_in_another_order_twice_or_none_are_a_mismatch),
		cmocka_unit_test(
			a_signed_header_that_is_missing_changed_or_there_twice_is_a_mismatch),
		cmocka_unit_test(
			spaces_around_a_signed_value_and_the_case_of_its_name_do_not_matter),
		cmocka_unit_test(a_header_of_amazons_is_to_be_signed),
		cmocka_unit_test(a_request_is_signed_one_way),
		cmocka_unit_test(a_request_without_signature_is_told_so),
		cmocka_unit_test(a_signature_in_another_shape_is_a_mismatch),
		cmocka_unit_test(a_request_of_absurd_size_is_malformed),
		cmocka_unit_test(a_url_with_any_one_byte_changed_is_refused),
		cmocka_unit_test(a_url_with_any_one_byte_more_or_less_is_refused),
		cmocka_unit_test(what_a_request_covers_is_told_by_its_signed_headers),
		cmocka_unit_test(every_fault_has_its_refusal),
	};

	return cmocka_run_group_tests_name("net/presigned", tests, open_digest, NULL);
}
