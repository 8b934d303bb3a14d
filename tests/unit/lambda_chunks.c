#include "lambda/chunks.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

enum { MOST = 100 };

/* Decode a body that comes in pieces of `piece` bytes; return what chunks_decode() said last. */
static int decode(
	const char *text, size_t length, size_t piece, struct buffer *body, struct error *err)
{
	struct chunks chunks = {0};
	int ended = 0;

	buffer_clear(body);
	for (size_t at = 0; at < length && ended == 0; at += piece) {
		size_t some = length - at < piece ? length - at : piece, used;

		ended = chunks_decode(&chunks, text + at, some, MOST, body, &used, err);
		if (ended == 0)
			assert_int_equal(used, some);
	}
	return ended;
}

TEST(chunks_are_put_together_however_they_come)
{
	static const char text[] = "3\r\nabc\r\n00A;name=\"value\"\r\n0123456789\r\n1 "
				   "\r\n\n\r\n0\r\nTrailer: x\r\n\r\n";
	struct buffer body = {0};
	struct error err = {0};

	for (size_t piece = 1; piece < sizeof(text); piece++) {
		assert_int_equal(decode(text, sizeof(text) - 1, piece, &body, &err), 1);
		assert_string_equal(body.bytes, "abc0123456789\n");
	}
	for (size_t length = 0; length < sizeof(text) - 1; length++)
		assert_int_equal(decode(text, length, 7, &body, &err), 0);
	buffer_release(&body);
}

TEST(what_follows_the_last_chunk_is_left)
{
	static const char text[] = "1\r\nx\r\n0\r\n\r\nHTTP/1.1";
	struct chunks chunks = {0};
	struct buffer body = {0};
	struct error err = {0};
	size_t used;

	assert_int_equal(
		chunks_decode(&chunks, text, sizeof(text) - 1, MOST, &body, &used, &err), 1);
	assert_int_equal(used, sizeof(text) - 1 - 8);
	buffer_release(&body);
}

TEST(malformed_chunks_are_refused)
{
	static const char *const texts[] = {
		"\r\n",
		"x\r\n",
		"-1\r\n",
		"+1\r\n",
		"0x1\r\n",
		"1\nx\r\n",
		"1\rx\r\n",
		"1,\r\n",
		"3\r\nabcd\r\n",
		"3\r\nab\r\n\r\n0",
		"1\r\nx0\r\n",
		"1\r\nx\n0\r\n",
		"1\r\nxy\r\n0\r\n\r\n",
		"0\r\n\n",
		"0\r\nA: b\n",
		"0000000000000001\r\nx\r\n",
	};
	struct buffer body = {0};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct error err = {0};

		assert_int_equal(decode(texts[i], strlen(texts[i]), 100, &body, &err), -1);
		assert_int_equal(err.type, ERROR_TRANSIENT);
	}
	buffer_release(&body);
}

TEST(a_body_that_would_be_too_long_is_refused_before_it_is_there)
{
	struct buffer body = {0}, text = {0};
	struct error err = {0};

	assert_int_equal(decode("64\r\n", 4, 4, &body, &err), 0);
	assert_int_equal(decode("65\r\n", 4, 4, &body, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	assert_int_equal(decode("63\r\n", 4, 4, &body, &err), 0);
	assert_int_equal(decode("FFFFFFFFFFFFFFF\r\n", 17, 4, &body, &err), -1);
	for (int i = 0; i < MOST; i++)
		buffer_text(&text, "1\r\nx\r\n");
	assert_int_equal(decode(text.bytes, text.length, 9, &body, &err), 0);
	buffer_text(&text, "1\r\n");
	assert_int_equal(decode(text.bytes, text.length, 9, &body, &err), -1);
	assert_int_equal(err.type, ERROR_LIMIT);
	buffer_release(&body);
	buffer_release(&text);
}

TEST(extensions_and_trailers_do_not_go_on_for_ever)
{
	struct buffer body = {0}, text = {0};
	struct error err = {0};

	buffer_text(&text, "1;");
	for (int i = 0; i < 9000; i++)
		buffer_byte(&text, 'x');
	assert_int_equal(decode(text.bytes, text.length, 1000, &body, &err), -1);
	buffer_clear(&text);
	buffer_text(&text, "0\r\n");
	for (int i = 0; i < 2000; i++)
		buffer_text(&text, "A: b\r\n");
	assert_int_equal(decode(text.bytes, text.length, 1000, &body, &err), -1);
	buffer_release(&body);
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_are_put_together_however_they_come),
		cmocka_unit_test(what_follows_the_last_chunk_is_left),
		cmocka_unit_test(malformed_chunks_are_refused),
		cmocka_unit_test(a_body_that_would_be_too_long_is_refused_before_it_is_there),
		cmocka_unit_test(extensions_and_trailers_do_not_go_on_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
