#include "net/refusal.h"

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

static struct refusal refusal_of(int status, const char *body, const char *header)
{
	struct buffer text = {0};
	struct refusal refusal;

	buffer_text(&text, body);
	refusal_read(&refusal, status, &text, header);
	buffer_release(&text);
	return refusal;
}

static void expect(int status, const char *body, const char *header, const char *code,
	const char *message, enum error_type type, enum refusal_kind kind)
{
	struct refusal refusal = refusal_of(status, body, header);

	assert_string_equal(refusal.code, code);
	assert_string_equal(refusal.message, message);
	assert_int_equal(refusal.type, type);
	assert_int_equal(refusal.kind, kind);
}

TEST(the_xml_of_s3_and_sts_is_read)
{
	expect(404,
		"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The key &amp; so"
		"</Message><Key>a</Key></Error>",
		NULL, "NoSuchKey", "The key & so", ERROR_INVALID, REFUSAL_PLAIN);
	expect(403,
		"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
		"<Type>Sender</Type><Code>ExpiredToken</Code><Message>m</Message></Error>"
		"</ErrorResponse>",
		NULL, "ExpiredToken", "m", ERROR_INTERNAL, REFUSAL_EXPIRED);
	assert_string_equal(refusal_of(400,
				    "<Error><Code>AuthorizationHeaderMalformed</Code>"
				    "<Region>eu-central-1</Region></Error>",
				    NULL)
				    .region,
		"eu-central-1");
}

TEST(the_json_of_the_others_is_read)
{
	expect(400,
		"{\"__type\":\"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceeded"
		"Exception\",\"message\":\"slow\"}",
		NULL, "ProvisionedThroughputExceededException", "slow", ERROR_THROTTLED,
		REFUSAL_PLAIN);
	expect(400, "{\"__type\":\"ImageTooLargeException\",\"Message\":\"m\"}", NULL,
		"ImageTooLargeException", "m", ERROR_LIMIT, REFUSAL_PLAIN);
	expect(400, "{}", "InvalidSignatureException:http://internal.amazon.com/",
		"InvalidSignatureException", "", ERROR_INTERNAL, REFUSAL_PLAIN);
	expect(400,
		"{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: "
		"20150830T123600Z\"}",
		NULL, "InvalidSignatureException", "Signature expired: 20150830T123600Z",
		ERROR_INTERNAL, REFUSAL_SKEWED);
}

TEST(without_a_code_the_status_tells)
{
	expect(429, "", NULL, "", "", ERROR_THROTTLED, REFUSAL_PLAIN);
	expect(500, "", NULL, "", "", ERROR_TRANSIENT, REFUSAL_PLAIN);
	expect(503, "<html>", NULL, "", "", ERROR_TRANSIENT, REFUSAL_PLAIN);
	expect(404, "", NULL, "", "", ERROR_INVALID, REFUSAL_PLAIN);
	expect(403, "", NULL, "", "", ERROR_INTERNAL, REFUSAL_PLAIN);
	expect(301, "", NULL, "", "", ERROR_INTERNAL, REFUSAL_PLAIN);
}

TEST(what_breaks_off_or_is_neither_is_no_trouble)
{
	static const char *const bodies[] = {"<Error><Code>NoSuchKey</Code", "<", "{",
		"{\"__type\":1}", "[]",
		"<!DOCTYPE a [<!ENTITY b \"c\">]><Error><Code>&b;</Code></Error>", "\x01\xff",
		"{\"__type\":\"\\u0000\"}"};

	for (size_t i = 0; i < COUNT(bodies); i++)
		assert_int_equal(refusal_of(500, bodies[i], NULL).type, ERROR_TRANSIENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_xml_of_s3_and_sts_is_read),
		cmocka_unit_test(the_json_of_the_others_is_read),
		cmocka_unit_test(without_a_code_the_status_tells),
		cmocka_unit_test(what_breaks_off_or_is_neither_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
