#include "serve/site.h"

#include <string.h>

#include "base/error.h"
#include "net/digest.h"
#include "scratch.h"

static const char page[] = "<!doctype html><title>pictures</title>";

/* A site in the working directory's www/. */
static struct site *load(void)
{
	struct error err = {0};
	struct site *site;

	assert_int_equal(digest_open(&err), 0);
	site = site_load("www", &err);
	assert_string_equal(err.text, "");
	assert_non_null(site);
	return site;
}

static void write_site(void)
{
	assert_int_equal(mkdir("www", 0700), 0);
	assert_int_equal(mkdir("www/assets", 0700), 0);
	scratch_write("www/index.html", page);
	scratch_write("www/assets/index-B2xq.js", "let a = 1;");
	scratch_write("www/assets/index-B2xq.js.gz", "not really");
	scratch_write("www/a picture.svg", "<svg/>");
}

/* Return the value of a header of the reply, or NULL. */
static const char *header(const struct http_reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->header_count; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

TEST(files_are_found_by_their_paths_as_they_are_sent)
{
	static const char *const wrong[] = {"", "/.", "//", "/index.html/", "index.html", "/assets",
		"/assets/", "/../www/index.html", "/%2e%2e/www/index.html", "/assets/../index.html",
		"/INDEX.HTML", "/a picture.svg", "/index.html%00", "/.hidden", "/assets/.hidden",
		"/link", "/up/index.html", "/index%2ehtml"};
	struct site *site;

	write_site();
	scratch_write("www/.hidden", "");
	scratch_write("www/assets/.hidden", "");
	assert_int_equal(symlink("index.html", "www/link"), 0);
	assert_int_equal(symlink("..", "www/up"), 0);
	site = load();
	assert_string_equal(site_find(site, "/")->path, "/index.html");
	assert_string_equal(site_find(site, "/index.html")->bytes, page);
	assert_string_equal(site_find(site, "/assets/index-B2xq.js")->bytes, "let a = 1;");
	assert_string_equal(site_find(site, "/a%20picture.svg")->content_type, "image/svg+xml");
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (site_find(site, wrong[i]))
			fail_msg("'%s' was found", wrong[i]);
	site_free(site);
}

TEST(pages_are_asked_for_again_and_what_is_named_by_its_digest_is_not)
{
	struct site *site;
	struct http_reply reply = {0};

	write_site();
	site = load();
	site_reply(site_find(site, "/"), NULL, NULL, &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.content_type, "text/html; charset=utf-8");
	assert_string_equal(header(&reply, "Cache-Control"), "no-cache");
	assert_non_null(strstr(header(&reply, "Content-Security-Policy"), "default-src 'none'"));
	assert_string_equal(header(&reply, "Referrer-Policy"), "no-referrer");
	assert_int_equal(reply.lasting_bytes, strlen(page));
	http_reply_release(&reply);
	site_reply(site_find(site, "/assets/index-B2xq.js"), NULL, NULL, &reply);
	assert_string_equal(reply.content_type, "text/javascript; charset=utf-8");
	assert_string_equal(header(&reply, "Cache-Control"), "public, max-age=31536000, immutable");
	http_reply_release(&reply);
	site_free(site);
}

/* Check whether the page counts as known to who sends this If-None-Match, where %s is its etag. */
static void check_known(const struct site *site, const char *format, int status)
{
	const struct site_file *file = site_find(site, "/");
	struct http_reply reply = {0};
	struct buffer condition = {0};
	const char *place = strstr(format, "%s");

	buffer_append(&condition, format, place ? (size_t)(place - format) : strlen(format));
	if (place) {
		buffer_text(&condition, file->etag);
		buffer_text(&condition, place + 2);
	}
	site_reply(file, condition.bytes, NULL, &reply);
	assert_int_equal(reply.status, status);
	assert_int_equal(reply.lasting != NULL, status == 200);
	assert_string_equal(header(&reply, "ETag"), file->etag);
	http_reply_release(&reply);
	buffer_release(&condition);
}

TEST(what_a_client_has_is_not_sent_again)
{
	struct site *site;

	write_site();
	site = load();
	check_known(site, "%s", 304);
	check_known(site, "\"other\", %s", 304);
	check_known(site, "W/%s", 304);
	check_known(site, "\"other\",%s,W/\"another\"", 304);
	check_known(site, "*", 304);
	check_known(site, "\"other\"", 200);
	check_known(site, "", 200);
	check_known(site, "W/*", 200);
	check_known(site, "x%s", 200);
	check_known(site, "%sx", 200);
	site_free(site);
}

/* Check how the script is sent to who takes these encodings. */
static void check_encoding(const struct site *site, const char *accepted, const char *encoding)
{
	struct http_reply reply = {0};

	site_reply(site_find(site, "/assets/index-B2xq.js"), NULL, accepted, &reply);
	assert_string_equal(reply.content_type, "text/javascript; charset=utf-8");
	assert_string_equal(header(&reply, "Vary"), "Accept-Encoding");
	if (encoding)
		assert_string_equal(header(&reply, "Content-Encoding"), encoding);
	else
		assert_null(header(&reply, "Content-Encoding"));
	assert_int_equal(reply.lasting_bytes, 10);
	assert_memory_equal(reply.lasting, encoding ? "not really" : "let a = 1;", 10);
	http_reply_release(&reply);
}

TEST(compressed_files_are_for_those_who_take_them)
{
	struct site *site;

	write_site();
	site = load();
	check_encoding(site, NULL, NULL);
	check_encoding(site, "", NULL);
	check_encoding(site, "br", NULL);
	check_encoding(site, "xgzip, gzipx", NULL);
	check_encoding(site, "gzip;q=0", NULL);
	check_encoding(site, "br, gzip ; q=0.000", NULL);
	check_encoding(site, "gzip", "gzip");
	check_encoding(site, "gzip, deflate, br, zstd", "gzip");
	check_encoding(site, "br;q=1.0, GZIP;q=0.5", "gzip");
	site_free(site);
}

static void check_refused(const char *directory, enum error_type type)
{
	struct error err = {0};

	assert_null(site_load(directory, &err));
	assert_int_equal(err.type, type);
	assert_string_not_equal(err.text, "");
}

TEST(a_directory_that_is_no_site_is_refused)
{
	assert_int_equal(digest_open(&(struct error){0}), 0);
	check_refused("www", ERROR_INVALID);
	assert_int_equal(mkdir("www", 0700), 0);
	check_refused("www", ERROR_INVALID);
	scratch_write("file", "");
	check_refused("file", ERROR_INVALID);
}

TEST(a_site_that_is_too_large_is_refused)
{
	char path[64];

	assert_int_equal(digest_open(&(struct error){0}), 0);
	assert_int_equal(mkdir("www", 0700), 0);
	for (int i = 0; i < SITE_MAX_FILES; i++) {
		snprintf(path, sizeof(path), "www/%d", i);
		scratch_write(path, "");
	}
	scratch_write("www/index.html", page);
	check_refused("www", ERROR_LIMIT);
	assert_int_equal(system("rm -rf www; mkdir -p www/1/2/3/4/5/6/7/8/9"), 0);
	check_refused("www", ERROR_LIMIT);
	assert_int_equal(system("rm -rf www; mkdir www; truncate -s 17m www/a"), 0);
	check_refused("www", ERROR_LIMIT);
}

TEST(without_a_directory_there_is_a_page_that_says_so)
{
	struct site *site;
	struct http_reply reply = {0};

	assert_int_equal(digest_open(&(struct error){0}), 0);
	site = site_load(NULL, &(struct error){0});
	site_reply(site_find(site, "/"), NULL, "gzip", &reply);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.content_type, "text/plain; charset=utf-8");
	assert_non_null(strstr(reply.lasting, "--site"));
	http_reply_release(&reply);
	site_free(site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(files_are_found_by_their_paths_as_they_are_sent),
		SCRATCH_TEST(pages_are_asked_for_again_and_what_is_named_by_its_digest_is_not),
		SCRATCH_TEST(what_a_client_has_is_not_sent_again),
		SCRATCH_TEST(compressed_files_are_for_those_who_take_them),
		SCRATCH_TEST(a_directory_that_is_no_site_is_refused),
		SCRATCH_TEST(a_site_that_is_too_large_is_refused),
		SCRATCH_TEST(without_a_directory_there_is_a_page_that_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
