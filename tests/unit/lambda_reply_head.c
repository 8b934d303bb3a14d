#include "lambda/reply_head.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#include "test.h"

static int parse(struct reply_head *head, const char *text)
{
	struct error err = {0};
	size_t length = strlen(text);
	int rc;

	assert_int_equal(reply_head_find(text, length), length);
	rc = reply_head_parse(head, text, length, &err);
	if (rc)
		assert_int_equal(err.type, ERROR_TRANSIENT);
	return rc;
}

TEST(a_head_tells_status_fields_and_the_length_of_the_body)
{
	struct reply_head head = {0};

	assert_int_equal(parse(&head,
				 "HTTP/1.1 202 Accepted\r\nA:b\r\nlambda-Thing: \t c d \t\r\n"
				 "CONTENT-length: 17\r\nEmpty:\r\na: e\r\n\r\n"),
		0);
	assert_int_equal(head.status, 202);
	assert_int_equal(head.body, REPLY_HEAD_LENGTH);
	assert_int_equal(head.length, 17);
	assert_true(head.kept);
	assert_string_equal(reply_head_field(&head, "a"), "b");
	assert_string_equal(reply_head_field(&head, "Lambda-Thing"), "c d");
	assert_string_equal(reply_head_field(&head, "empty"), "");
	assert_null(reply_head_field(&head, "thing"));
	reply_head_release(&head);
}

TEST(a_body_ends_as_the_head_says)
{
	static const struct {
		const char *text;
		enum reply_head_body body;
		bool kept;
	} heads[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", REPLY_HEAD_LENGTH, true},
		{"HTTP/1.1 200 \r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
			REPLY_HEAD_LENGTH, false},
		{"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n", REPLY_HEAD_CHUNKED, true},
		{"HTTP/1.1 200 OK\r\n\r\n", REPLY_HEAD_CLOSED, false},
		{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", REPLY_HEAD_LENGTH, false},
		{"HTTP/1.1 204 No Content\r\n\r\n", REPLY_HEAD_LENGTH, true},
		{"HTTP/1.1 100 Continue\r\n\r\n", REPLY_HEAD_LENGTH, true},
	};
	struct reply_head head = {0};

	for (size_t i = 0; i < COUNT(heads); i++) {
		assert_int_equal(parse(&head, heads[i].text), 0);
		assert_int_equal(head.body, heads[i].body);
		assert_int_equal(head.kept, heads[i].kept);
	}
	reply_head_release(&head);
}

TEST(what_is_not_exactly_a_head_is_refused)
{
	static const char *const heads[] = {
		"\r\n\r\n",
		"HTTP/2 200\r\n\r\n",
		"HTTP/1.2 200 OK\r\n\r\n",
		"http/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n",
		" HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\xc3\xa9: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n",
	};
	struct reply_head head = {0};

	for (size_t i = 0; i < COUNT(heads); i++)
		assert_int_equal(parse(&head, heads[i]), -1);
	reply_head_release(&head);
}

TEST(a_head_has_so_many_fields_and_no_more)
{
	struct buffer text = {0};
	struct reply_head head = {0};

	buffer_text(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < REPLY_HEAD_MAX_FIELDS; i++)
		buffer_format(&text, "n%d: v\r\n", i);
	buffer_text(&text, "\r\n");
	assert_int_equal(parse(&head, text.bytes), 0);
	buffer_replace(&text, text.length - 2, 0, "x: y\r\n", 6);
	assert_int_equal(parse(&head, text.bytes), -1);
	reply_head_release(&head);
	buffer_release(&text);
}

TEST(a_head_is_found_up_to_its_maximum)
{
	static const char end[] = "\r\n\r\n";
	struct buffer text = {0};

	while (text.length < REPLY_HEAD_MAX_BYTES - strlen(end))
		buffer_byte(&text, 'x');
	buffer_text(&text, end);
	assert_int_equal(reply_head_find(text.bytes, text.length), REPLY_HEAD_MAX_BYTES);
	buffer_replace(&text, 0, 0, "x", 1);
	assert_int_equal(reply_head_find(text.bytes, text.length), 0);
	buffer_release(&text);
}

TEST(a_head_that_has_not_come_yet_is_not_found)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\n";

	for (size_t length = 0; length < 25; length++)
		assert_int_equal(reply_head_find(text, length), 0);
	assert_int_equal(reply_head_find(text, 25), 25);
	assert_int_equal(reply_head_find(text, sizeof(text) - 1), 25);
	assert_int_equal(reply_head_find(NULL, 0), 0);
	assert_int_equal(reply_head_find("HTTP/1.1 200 OK\n\n", 17), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_tells_status_fields_and_the_length_of_the_body),
		cmocka_unit_test(a_body_ends_as_the_head_says),
		cmocka_unit_test(what_is_not_exactly_a_head_is_refused),
		cmocka_unit_test(a_head_has_so_many_fields_and_no_more),
		cmocka_unit_test(a_head_is_found_up_to_its_maximum),
		cmocka_unit_test(a_head_that_has_not_come_yet_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
