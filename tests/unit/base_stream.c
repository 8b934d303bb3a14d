#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/stream.h"
#include "test.h"

/* A stream that yields its text in small pieces and then fails, if it is to. */
struct drip {
	const char *text;
	size_t at, piece;
	int fails, closed;
};

static ssize_t drip_read(void *state, void *bytes, size_t size, struct error *err)
{
	struct drip *drip = state;
	size_t left = strlen(drip->text) - drip->at;

	if (left == 0 && drip->fails)
		return error_transient(err, "dried up");
	size = size < drip->piece ? size : drip->piece;
	size = size < left ? size : left;
	memcpy(bytes, drip->text + drip->at, size);
	drip->at += size;
	return (ssize_t)size;
}

static void drip_close(void *state)
{
	struct drip *drip = state;

	drip->closed++;
}

static const struct stream_ops drip_ops = {.read = drip_read, .close = drip_close};

TEST(reading_goes_on_until_the_bytes_are_full)
{
	struct drip drip = {.text = "0123456789", .piece = 3};
	struct stream in = {.ops = &drip_ops, .state = &drip};
	struct error err = {0};
	char bytes[8];

	assert_int_equal(stream_read(&in, bytes, 8, &err), 8);
	assert_memory_equal(bytes, "01234567", 8);
	assert_int_equal(stream_read(&in, bytes, 8, &err), 2);
	assert_memory_equal(bytes, "89", 2);
	assert_int_equal(stream_read(&in, bytes, 8, &err), 0);
	stream_close(&in);
	assert_int_equal(drip.closed, 1);
	stream_close(&in);
	assert_int_equal(drip.closed, 1);
}

TEST(a_failure_is_not_taken_for_the_end)
{
	struct drip drip = {.text = "0123", .piece = 3, .fails = 1};
	struct stream in = {.ops = &drip_ops, .state = &drip};
	struct error err = {0};
	char bytes[8];

	assert_int_equal(stream_read(&in, bytes, 8, &err), -1);
	assert_string_equal(err.text, "dried up");
	assert_int_equal(stream_skip(&in, 1, &err), -1);
	stream_close(&in);
}

TEST(skipping_reads_where_the_stream_cannot_skip)
{
	struct drip drip = {.text = "0123456789", .piece = 3};
	struct stream in = {.ops = &drip_ops, .state = &drip};
	struct error err = {0};
	char byte;

	assert_int_equal(stream_skip(&in, 7, &err), 0);
	assert_int_equal(stream_read(&in, &byte, 1, &err), 1);
	assert_int_equal(byte, '7');
	assert_int_equal(stream_skip(&in, UINT64_MAX, &err), 0);
	assert_int_equal(stream_read(&in, &byte, 1, &err), 0);
	stream_close(&in);
}

TEST(memory_is_read_to_its_end)
{
	struct error err = {0};
	struct stream in;
	char bytes[8];

	stream_from_memory(&in, "0123456789", 10);
	assert_int_equal(stream_skip(&in, 4, &err), 0);
	assert_int_equal(stream_read(&in, bytes, 8, &err), 6);
	assert_memory_equal(bytes, "456789", 6);
	assert_int_equal(stream_read(&in, bytes, 8, &err), 0);
	stream_close(&in);
	stream_from_memory(&in, NULL, 0);
	assert_int_equal(stream_read(&in, bytes, 8, &err), 0);
	stream_close(&in);
}

TEST(what_is_written_is_counted_and_kept_or_not)
{
	struct buffer sink = {0};
	struct error err = {0};
	struct stream out;

	stream_to_buffer(&out, &sink);
	assert_int_equal(stream_write(&out, "abc", 3, &err), 0);
	assert_int_equal(stream_write(&out, "de", 2, &err), 0);
	assert_int_equal(stream_commit(&out, &err), 0);
	assert_int_equal(out.written, 5);
	stream_close(&out);
	assert_string_equal(sink.bytes, "abcde");
	buffer_release(&sink);
	stream_to_nowhere(&out);
	assert_int_equal(stream_write(&out, "abc", 3, &err), 0);
	assert_int_equal(stream_commit(&out, &err), 0);
	assert_int_equal(out.written, 3);
	stream_close(&out);
	assert_int_equal(out.written, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_goes_on_until_the_bytes_are_full),
		cmocka_unit_test(a_failure_is_not_taken_for_the_end),
		cmocka_unit_test(skipping_reads_where_the_stream_cannot_skip),
		cmocka_unit_test(memory_is_read_to_its_end),
		cmocka_unit_test(what_is_written_is_counted_and_kept_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
