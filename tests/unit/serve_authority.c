#include "serve/authority.h"

#include "base/buffer.h"
#include "base/error.h"

#include "test.h"

static const char *const origins[] = {"https://pages.example", "http://localhost:5173"};

static const struct authority local = {0};
static const struct authority shared = {.origins = origins, .origin_count = COUNT(origins)};
static const struct authority public = {.public_url = "https://Pictures.example:443/"};

TEST(hosts_of_loopback_are_taken_whatever_their_port)
{
	static const char *const hosts[] = {"localhost", "localhost:8080", "LOCALHOST:1",
		"127.0.0.1", "127.0.0.1:8080", "127.1.2.3:65535", "[::1]", "[::1]:8080"};

	for (size_t i = 0; i < COUNT(hosts); i++)
		if (!authority_takes_host(&local, hosts[i]))
			fail_msg("'%s' was not taken", hosts[i]);
}

TEST(hosts_that_only_look_like_loopback_are_not_taken)
{
	static const char *const hosts[] = {"", ":", ":80", "evil.example",
		"localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1.nip.io:80",
		"localhost.", "xlocalhost", "localhost:", "localhost:80x", "localhost:123456",
		"localhost@evil.example", "evil.example@localhost:80", "localhost/evil", "127.1",
		"2130706433", "0x7f000001", "0177.0.0.1", "128.0.0.1", "0.0.0.0", "192.168.0.1",
		"[::1", "[::1]x", "[::1]:", "::1", "[::2]", "[::ffff:127.0.0.1]",
		"localhost localhost", "localhost,localhost"};

	for (size_t i = 0; i < COUNT(hosts); i++)
		if (authority_takes_host(&local, hosts[i]))
			fail_msg("'%s' was taken", hosts[i]);
}

TEST(the_host_of_the_public_url_is_taken_as_clients_send_it)
{
	assert_true(authority_takes_host(&public, "pictures.example"));
	assert_true(authority_takes_host(&public, "PICTURES.example"));
	assert_true(authority_takes_host(&public, "localhost:80"));
	assert_false(authority_takes_host(&public, "pictures.example:8080"));
	assert_false(authority_takes_host(&public, "a.pictures.example"));
	assert_false(authority_takes_host(&public, "pictures.exampl"));
}

TEST(pages_of_the_server_itself_may_change_things_and_others_may_not)
{
	assert_true(authority_takes_origin(&local, "localhost:8080", NULL));
	assert_true(authority_takes_origin(&local, "localhost:8080", "http://localhost:8080"));
	assert_true(authority_takes_origin(&local, "[::1]:8080", "http://[::1]:8080"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "https://localhost:8080"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "http://localhost:8081"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "http://localhost"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "http://127.0.0.1:8080"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "http://evil.example"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "localhost:8080"));
	assert_false(authority_takes_origin(&local, "localhost:8080", "null"));
	assert_false(authority_takes_origin(&local, "localhost:8080", ""));
}

TEST(behind_a_public_url_its_scheme_is_the_one_that_counts)
{
	assert_true(
		authority_takes_origin(&public, "pictures.example", "https://pictures.example"));
	assert_false(
		authority_takes_origin(&public, "pictures.example", "http://pictures.example"));
	assert_true(authority_takes_origin(&public, "localhost:80", "http://localhost:80"));
}

TEST(origins_are_listed_letter_by_letter)
{
	assert_true(authority_lists_origin(&shared, "https://pages.example"));
	assert_true(authority_takes_origin(&shared, "localhost:8080", "https://pages.example"));
	assert_true(authority_takes_origin(&shared, "localhost:8080", "http://localhost:5173"));
	assert_false(authority_lists_origin(&shared, "http://pages.example"));
	assert_false(authority_lists_origin(&shared, "https://pages.example:443"));
	assert_false(authority_lists_origin(&shared, "https://pages.example.evil.example"));
	assert_false(authority_lists_origin(&shared, "null"));
	assert_false(authority_lists_origin(&local, "http://localhost:8080"));
}

TEST(origins_that_no_browser_sends_are_refused)
{
	static const char *const wrong[] = {"", "*", "null", "pages.example", "https://",
		"https://Pages.example", "https://pages.example/", "https://a b", "ftp://a",
		"https://a@b", "https://a?b", "https://a\r\nX: b", "https://pages.example:443",
		"http://localhost:80", "http://:5173", "http://localhost:", "http://a:b",
		"http://a:1:2", "http://[::1", "http://[::1]:123456"};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct error err = {0};

		if (authority_check_origin(wrong[i], &err) == 0)
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(err.type, ERROR_INVALID);
	}
}

TEST(origins_that_browsers_send_are_taken)
{
	static const char *const good[] = {"https://pages.example", "http://localhost:5173",
		"http://pages.example:443", "https://pages.example:80", "http://[::1]:5173"};

	for (size_t i = 0; i < COUNT(good); i++)
		if (authority_check_origin(good[i], &(struct error){0}))
			fail_msg("'%s' was not taken", good[i]);
}

static void check_url(const struct authority *authority, const char *host, const char *url)
{
	struct buffer found = {0};

	authority_url(authority, host, &found);
	assert_string_equal(found.bytes, url);
	buffer_release(&found);
}

TEST(urls_are_of_the_public_url_or_else_of_the_host_that_was_asked)
{
	check_url(&local, "localhost:8080", "http://localhost:8080");
	check_url(&public, "localhost:8080", "https://Pictures.example:443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_of_loopback_are_taken_whatever_their_port),
		cmocka_unit_test(hosts_that_only_look_like_loopback_are_not_taken),
		cmocka_unit_test(the_host_of_the_public_url_is_taken_as_clients_send_it),
		cmocka_unit_test(pages_of_the_server_itself_may_change_things_and_others_may_not),
		cmocka_unit_test(behind_a_public_url_its_scheme_is_the_one_that_counts),
		cmocka_unit_test(origins_are_listed_letter_by_letter),
		cmocka_unit_test(origins_that_no_browser_sends_are_refused),
		cmocka_unit_test(origins_that_browsers_send_are_taken),
		cmocka_unit_test(urls_are_of_the_public_url_or_else_of_the_host_that_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
