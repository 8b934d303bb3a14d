#include "serve/listen.h"

#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

static void check_round(const char *text)
{
	struct listen_address address;
	struct error err = {0};
	struct buffer again = {0};

	assert_int_equal(listen_parse(text, &address, &err), 0);
	listen_format(&address, &again);
	assert_string_equal(again.bytes, text);
	buffer_release(&again);
}

TEST(addresses_are_read_and_written_alike)
{
	check_round("127.0.0.1:8080");
	check_round("0.0.0.0:0");
	check_round("255.255.255.255:65535");
	check_round("[::1]:8080");
	check_round("[fe80::1:2]:1");
}

TEST(what_is_no_address_in_digits_with_a_port_is_refused)
{
	static const char *const texts[] = {"", ":", ":8080", "8080", "localhost:8080", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:080", "127.0.0.1:-1", "127.0.0.1:+1",
		"127.0.0.1: 1", "127.0.0.1:1 ", " 127.0.0.1:1", "127.0.0.1:1x", "127.0.0.1:123456",
		"127.1:80", "127.0.0.1.1:80", "256.0.0.1:80", "::1:80", "[::1]", "[::1]80",
		"[::1]:", "[::1:80", "[127.0.0.1]:80", "[::1%lo]:80", "[]:80", "0x7f.0.0.1:80",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]:80"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct listen_address address;
		struct error err = {0};

		if (listen_parse(texts[i], &address, &err) == 0)
			fail_msg("'%s' was taken", texts[i]);
		assert_int_equal(err.type, ERROR_INVALID);
	}
}

TEST(a_free_port_is_told_and_is_taken_from_then_on)
{
	struct listen_address address, again;
	struct buffer text = {0};
	struct error err = {0};
	int fd;

	assert_int_equal(listen_parse("127.0.0.1:0", &address, &err), 0);
	fd = listen_open(&address, &err);
	assert_true(fd >= 0);
	listen_format(&address, &text);
	assert_string_not_equal(text.bytes, "127.0.0.1:0");
	assert_int_equal(listen_parse(text.bytes, &again, &err), 0);
	assert_int_equal(listen_open(&again, &err), -1);
	assert_true(error_retry(&err));
	assert_memory_equal(err.text, text.bytes, text.length);
	close(fd);
	buffer_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_and_written_alike),
		cmocka_unit_test(what_is_no_address_in_digits_with_a_port_is_refused),
		cmocka_unit_test(a_free_port_is_told_and_is_taken_from_then_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
