#include "serve/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#include "test.h"

enum { MOST = 8 };

/* Make a head of a method, a target, and headers up to one without a name. */
static void make(struct head *head, const char *method, const char *target,
	const struct header headers[MOST])
{
	*head = (struct head){.method = method};
	head_take_target(head, target);
	head->headers = memory_new(MOST, sizeof(*headers));
	while (head->header_count < MOST && headers[head->header_count].name) {
		head->headers[head->header_count] = headers[head->header_count];
		head->header_count++;
	}
}

/* Check what becomes of a head with these headers, and the length that it tells if it's taken. */
static void check(const struct header headers[MOST], int status, int64_t length)
{
	struct head head;

	make(&head, "POST", "/upload-url", headers);
	assert_int_equal(head_check(&head, false), status);
	if (status == 0)
		assert_int_equal(head.length, length);
	head_release(&head);
}

#define HOST \
	{ \
		"Host", "localhost" \
	}

TEST(the_length_of_a_body_is_known_in_one_way_only)
{
	check((struct header[MOST]){HOST}, 0, 0);
	check((struct header[MOST]){HOST, {"content-length", "12"}}, 0, 12);
	check((struct header[MOST]){HOST, {"Content-Length", "0"}}, 0, 0);
	check((struct header[MOST]){HOST, {"Transfer-Encoding", "Chunked"}}, 0, -1);
	check((struct header[MOST]){HOST, {"Content-Length", "12"}, {"CONTENT-LENGTH", "12"}}, 400,
		0);
	check((struct header[MOST]){HOST, {"Content-Length", "12"}, {"Content-Length", "13"}}, 400,
		0);
	check((struct header[MOST]){HOST, {"Content-Length", "12"},
		      {"Transfer-Encoding", "chunked"}},
		400, 0);
	check((struct header[MOST]){HOST, {"Transfer-Encoding", "chunked"},
		      {"Transfer-Encoding", "identity"}},
		400, 0);
	check((struct header[MOST]){HOST, {"Transfer-Encoding", "gzip, chunked"}}, 501, 0);
	check((struct header[MOST]){HOST, {"Transfer-Encoding", ""}}, 501, 0);
}

TEST(lengths_are_digits)
{
	static const char *const wrong[] = {"", " ", "+1", "-1", "0x1", "1,1", "1 ", "1e3", "one"};

	for (size_t i = 0; i < COUNT(wrong); i++)
		check((struct header[MOST]){HOST, {"Content-Length", wrong[i]}}, 400, 0);
	check((struct header[MOST]){HOST, {"Content-Length", "999999999999999"}}, 0,
		999999999999999);
	check((struct header[MOST]){HOST, {"Content-Length", "9999999999999999"}}, 413, 0);
	check((struct header[MOST]){HOST, {"Content-Length", "99999999999999999999999"}}, 413, 0);
}

TEST(there_is_one_host_and_at_most_one_origin)
{
	struct head head;

	check((struct header[MOST]){{"Accept", "*/*"}}, 400, 0);
	check((struct header[MOST]){HOST, HOST}, 400, 0);
	check((struct header[MOST]){HOST, {"Origin", "http://localhost"}}, 0, 0);
	check((struct header[MOST]){HOST, {"Origin", "http://localhost"}, {"origin", "null"}}, 400,
		0);
	make(&head, "GET", "/", (struct header[MOST]){{0}});
	assert_int_equal(head_check(&head, true), 0);
	assert_string_equal(head.host, "");
	head_release(&head);
}

TEST(names_are_tokens_and_values_have_no_control_characters)
{
	static const char *const names[] = {"", "A b", "A\t", "A(", "A\x80", "A\"", "A/b"};
	static const char *const values[] = {"a\rb", "a\nb", "\x01", "\x7f", "\x1b[31m"};

	for (size_t i = 0; i < COUNT(names); i++)
		check((struct header[MOST]){HOST, {names[i], "a"}}, 400, 0);
	for (size_t i = 0; i < COUNT(values); i++)
		check((struct header[MOST]){HOST, {"A", values[i]}}, 400, 0);
	check((struct header[MOST]){HOST, {"A", "\ta \xc3\xa9"}, {"!#$%&'*+-.^_`|~9Az", ""}}, 0, 0);
}

TEST(a_name_that_goes_on_behind_one_that_tells_the_length_is_refused)
{
	check((struct header[MOST]){HOST, {"Transfer-Encodingchunked", ""}}, 400, 0);
	check((struct header[MOST]){HOST, {"content-length0", "5"}}, 400, 0);
	check((struct header[MOST]){HOST, {"Hostevil.example", ""}}, 400, 0);
}

TEST(a_target_is_a_path_of_visible_ascii)
{
	static const char *const wrong[] = {"", "*", "a", "http://localhost/", "localhost:80",
		"/a b", "/\xff", "/a#b", "/a?b#c", "/\x7f", "/a?\x01"};
	static const struct header headers[MOST] = {HOST};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct head head;

		make(&head, "GET", wrong[i], headers);
		if (head_check(&head, false) != 400)
			fail_msg("'%s' was taken", wrong[i]);
		head_release(&head);
	}
}

TEST(a_target_is_cut_at_its_first_question_mark_and_decoded_by_nobody)
{
	struct head head;

	make(&head, "GET", "/a%2f..//b?c=%3f?d&e", (struct header[MOST]){HOST});
	assert_int_equal(head_check(&head, false), 0);
	assert_string_equal(head.path, "/a%2f..//b");
	assert_string_equal(head.query, "c=%3f?d&e");
	head_release(&head);
	make(&head, "GET", "/a", (struct header[MOST]){HOST});
	assert_string_equal(head.path, "/a");
	assert_string_equal(head.query, "");
	head_release(&head);
}

TEST(a_head_takes_as_many_bytes_as_it_is_usually_written_with)
{
	static const char usual[] = "GET /a?b HTTP/1.1\r\nHost: localhost\r\nA: b c\r\n\r\n";
	struct head head;

	make(&head, "GET", "/a?b", (struct header[MOST]){HOST, {"A", "b c"}});
	assert_int_equal(head_bytes(&head, "HTTP/1.1"), strlen(usual));
	head_release(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_length_of_a_body_is_known_in_one_way_only),
		cmocka_unit_test(lengths_are_digits),
		cmocka_unit_test(there_is_one_host_and_at_most_one_origin),
		cmocka_unit_test(names_are_tokens_and_values_have_no_control_characters),
		cmocka_unit_test(a_name_that_goes_on_behind_one_that_tells_the_length_is_refused),
		cmocka_unit_test(a_target_is_a_path_of_visible_ascii),
		cmocka_unit_test(a_target_is_cut_at_its_first_question_mark_and_decoded_by_nobody),
		cmocka_unit_test(a_head_takes_as_many_bytes_as_it_is_usually_written_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
