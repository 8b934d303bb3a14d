#include "net/uri.h"

#include <string.h>

#include "base/error.h"

#include "test.h"

TEST(endpoints_are_read)
{
	static const struct {
		const char *text, *host, *path;
		bool tls;
	} cases[] = {
		{"https://s3.amazonaws.com", "s3.amazonaws.com", "", true},
		{"https://s3.amazonaws.com:443/", "s3.amazonaws.com", "", true},
		{"http://127.0.0.1:80/a/b//", "127.0.0.1", "/a/b", false},
		{"http://127.0.0.1:443", "127.0.0.1:443", "", false},
		{"http://[::1]:9000/x", "[::1]:9000", "/x", false},
		{"http://[fe80::1]", "[fe80::1]", "", false},
		{"http://a_b-1.c:65535/%20", "a_b-1.c:65535", "/%20", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uri_endpoint endpoint;
		struct error err = {0};

		assert_int_equal(uri_endpoint_parse(&endpoint, cases[i].text, &err), 0);
		assert_int_equal(endpoint.tls, cases[i].tls);
		assert_int_equal(endpoint.host_length, strlen(cases[i].host));
		assert_memory_equal(endpoint.host, cases[i].host, endpoint.host_length);
		assert_int_equal(endpoint.path_length, strlen(cases[i].path));
		assert_memory_equal(endpoint.path, cases[i].path, endpoint.path_length);
	}
}

TEST(what_is_no_endpoint_is_refused)
{
	static const char *const cases[] = {"", "s3.amazonaws.com", "ftp://h", "https://",
		"https:///path", "http://user@host", "http://host/?q", "http://host#f",
		"http://a b", "http://:80", "http://h:", "http://h:0", "http://h:65536",
		"http://h:port", "http://a:1:2", "http://[::1", "http://[]", "http://[::1]x",
		"http://h\x01", "http://h\x7f", "http://h\xc3\xbc", "http://h%41",
		"http://h/\xc3\xbc", "http://h\"<"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uri_endpoint endpoint;
		struct error err = {0};

		assert_int_equal(uri_endpoint_parse(&endpoint, cases[i], &err), -1);
		assert_int_equal(err.type, ERROR_INVALID);
	}
}

TEST(a_password_in_an_endpoint_is_not_shown)
{
	static const char *const cases[] = {
		"https://user:password@host", "ftp://user:password@host", "user:password@host"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uri_endpoint endpoint;
		struct error err = {0};

		assert_int_equal(uri_endpoint_parse(&endpoint, cases[i], &err), -1);
		assert_null(strstr(err.text, "password"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_are_read),
		cmocka_unit_test(what_is_no_endpoint_is_refused),
		cmocka_unit_test(a_password_in_an_endpoint_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
