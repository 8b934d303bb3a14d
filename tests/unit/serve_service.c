#include "serve/service.h"

#include <pthread.h>

#include "base/error.h"
#include "net/digest.h"
#include "net/presign.h"
#include "net/sigv4.h"
#include "scratch.h"
#include "serve/api.h"
#include "serve/server.h"
#include "serve/site.h"
#include "serve_client.h"

#define LAST "Connection: close\r\n"
#define PAGE "Origin: https://pages.example\r\n"
#define OTHER "Origin: https://evil.example\r\n"

static const char *const origins[] = {"https://pages.example"};
static const struct sigv4_keys keys = {
	.access_key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/* Objects that are only named. */
static void *name_object(struct exchange *exchange, void *state)
{
	struct http_reply reply = {.status = 200};

	buffer_format(&reply.body, "%s %s", (const char *)state, exchange_path(exchange));
	exchange_answer(exchange, &reply);
	return NULL;
}

static char put[] = "put", get[] = "get";
static const struct http_handler uploads = {.begin = name_object, .state = put};
static const struct http_handler downloads = {.begin = name_object, .state = get};

/* A server with all that there is. */
struct place {
	struct service service;
	struct presigner *presigner;
	struct api *api;
	struct site *site;
	struct server *server;
};

static void tell(const char *text)
{
	fail_msg("told: %s", text);
}

static void open_place(struct place *place, const char *const *allowed, size_t count)
{
	struct api_settings api = {.authority = &place->service.authority,
		.table = "sqlite:rows.db",
		.bucket = "pictures",
		.limits = upload_limits_default,
		.upload_seconds = 300,
		.download_seconds = 3600,
		.time_out_seconds = 300,
		.tell = tell};
	struct server_settings settings = {.listen = "127.0.0.1:0",
		.max_connections = 20,
		.choose = service_choose,
		.state = &place->service};
	struct error err = {0};

	*place = (struct place){.service = {.bucket = "pictures",
					.uploads = &uploads,
					.downloads = &downloads,
					.authority = {.origins = allowed, .origin_count = count}}};
	assert_int_equal(digest_open(&err), 0);
	place->presigner = api.presigner = presigner_with(&keys, "us-east-1", NULL, &err);
	assert_non_null(place->presigner);
	place->service.api = place->api = api_open(&api, &err);
	assert_non_null(place->api);
	place->service.site = place->site = site_load(NULL, &err);
	place->server = server_open(&settings, &err);
	assert_non_null(place->server);
}

static void close_place(struct place *place)
{
	server_free(place->server);
	site_free(place->site);
	api_free(place->api);
	presigner_free(place->presigner);
}

/* Ask, with headers and a body. */
static void ask(const struct place *place, const char *line, const char *headers, const char *body,
	struct client_answer *answer)
{
	struct buffer request = {0};

	buffer_format(&request, "%s HTTP/1.1\r\n" LAST "%s", line, headers);
	if (!strstr(headers, "Host: "))
		buffer_format(&request, "Host: %s\r\n", server_address(place->server));
	if (body)
		buffer_format(&request, "Content-Length: %zu\r\n", strlen(body));
	buffer_format(&request, "\r\n%s", body ? body : "");
	client_ask(server_address(place->server), request.bytes, answer);
	buffer_release(&request);
}

/* Check the status, and something that is in the answer. */
static void check(const struct place *place, const char *line, const char *headers,
	const char *body, int status, const char *part)
{
	struct client_answer answer;

	ask(place, line, headers, body, &answer);
	if (client_status(&answer) != status || !strstr(answer.bytes, part))
		fail_msg("%s, %s: %s", line, headers, answer.bytes);
	if (!strstr(answer.bytes, "X-Content-Type-Options: nosniff\r\n"))
		fail_msg("%s: may be sniffed", line);
}

TEST(each_path_has_who_answers_it)
{
	struct place place;

	open_place(&place, NULL, 0);
	check(&place, "GET /", "", NULL, 200, "text/plain");
	check(&place, "HEAD /", "", NULL, 200, "text/plain");
	check(&place, "GET /healthz", "", NULL, 200, "{\"status\":\"ok\"}");
	check(&place, "GET /limits", "", NULL, 200, "\"maxFiles\":50");
	check(&place, "HEAD /limits", "", NULL, 200, "application/json");
	check(&place, "GET /results?image_key=a%2Fb", "", NULL, 200, "\"known\":false");
	check(&place, "GET /results", "", NULL, 400, "image_key is missing");
	check(&place, "POST /upload-url", "", "{\"contentType\":\"image/png\",\"size\":5}", 200,
		"/pictures/uploads/");
	check(&place, "GET /pictures/a/b.jpg?c", "", NULL, 200, "get /pictures/a/b.jpg");
	check(&place, "HEAD /pictures/a/b.jpg", "", NULL, 200, "");
	check(&place, "PUT /pictures/a%2fb.jpg", "", NULL, 200, "put /pictures/a%2fb.jpg");
	close_place(&place);
}

TEST(what_is_not_there_is_said_in_json)
{
	struct place place;

	open_place(&place, NULL, 0);
	check(&place, "GET /pictures", "", NULL, 404, "{\"error\":\"no such path\"}");
	check(&place, "GET /picturesque/a", "", NULL, 404, "{\"error\":");
	check(&place, "GET /api/limits", "", NULL, 404, "{\"error\":");
	check(&place, "GET //limits", "", NULL, 404, "{\"error\":");
	check(&place, "GET /limits/", "", NULL, 404, "{\"error\":");
	check(&place, "GET /%6cimits", "", NULL, 404, "{\"error\":");
	check(&place, "GET /../../etc/passwd", "", NULL, 404, "{\"error\":");
	check(&place, "PUT /others/a.jpg", "", NULL, 404, "{\"error\":");
	check(&place, "POST /a?/upload-url", "", "{}", 404, "{\"error\":");
	close_place(&place);
}

TEST(other_methods_are_told_which_there_are)
{
	struct place place;

	open_place(&place, NULL, 0);
	check(&place, "POST /limits", "", "{}", 405, "Allow: GET, HEAD\r\n");
	check(&place, "GET /upload-url", "", NULL, 405, "Allow: POST\r\n");
	check(&place, "DELETE /healthz", "", NULL, 405, "Allow: GET, HEAD\r\n");
	check(&place, "POST /", "", "{}", 405, "Allow: GET, HEAD\r\n");
	check(&place, "TRACE /", "", NULL, 405, "Allow: GET, HEAD\r\n");
	check(&place, "DELETE /pictures/a", "", NULL, 405, "<Code>MethodNotAllowed</Code>");
	check(&place, "OPTIONS /limits", "", NULL, 204, "Allow: GET, HEAD, POST, PUT, OPTIONS");
	close_place(&place);
}

TEST(no_other_name_leads_to_the_server)
{
	struct place place;

	open_place(&place, NULL, 0);
	check(&place, "GET /limits", "Host: localhost:1\r\n", NULL, 200, "maxFiles");
	check(&place, "GET /limits", "Host: evil.example\r\n", NULL, 421, "{\"error\":");
	check(&place, "GET /", "Host: evil.example:8080\r\n", NULL, 421, "{\"error\":");
	check(&place, "PUT /pictures/a", "Host: evil.example\r\n", NULL, 421, "{\"error\":");
	check(&place, "OPTIONS /", "Host: evil.example\r\n", NULL, 421, "{\"error\":");
	place.service.authority.public_url = "https://pictures.example";
	check(&place, "POST /upload-url", "Host: pictures.example\r\n",
		"{\"contentType\":\"image/png\",\"size\":5}", 200,
		"\"uploadUrl\":\"https://pictures.example/pictures/uploads/");
	close_place(&place);
}

TEST(pages_from_elsewhere_change_nothing_and_are_not_let_see)
{
	struct place place;
	struct client_answer answer;

	open_place(&place, NULL, 0);
	check(&place, "POST /upload-url", OTHER, "{}", 403, "{\"error\":");
	check(&place, "POST /upload-url", "Origin: null\r\n", "{}", 403, "{\"error\":");
	check(&place, "PUT /pictures/a", OTHER, NULL, 403, "{\"error\":");
	check(&place, "OPTIONS /pictures/a", OTHER "Access-Control-Request-Method: PUT\r\n", NULL,
		403, "{\"error\":");
	ask(&place, "GET /limits", OTHER, NULL, &answer);
	assert_int_equal(client_status(&answer), 200);
	assert_null(strstr(answer.bytes, "Access-Control-"));
	assert_non_null(strstr(answer.bytes, "Cross-Origin-Resource-Policy: same-origin\r\n"));
	close_place(&place);
}

TEST(pages_of_allowed_origins_are_told_what_they_may)
{
	static const char may[] = "Access-Control-Allow-Origin: https://pages.example\r\n";
	struct place place;
	struct client_answer answer;

	open_place(&place, origins, COUNT(origins));
	check(&place, "GET /limits", PAGE, NULL, 200, may);
	check(&place, "GET /limits", PAGE, NULL, 200, "Vary: Origin\r\n");
	check(&place, "GET /limits", "", NULL, 200, "Vary: Origin\r\n");
	check(&place, "POST /upload-url", PAGE, "{}", 400, may);
	check(&place, "PUT /pictures/a", PAGE, NULL, 200, may);
	check(&place, "PUT /pictures/a", PAGE, NULL, 200,
		"Access-Control-Expose-Headers: ETag\r\n");
	check(&place, "GET /nothing", PAGE, NULL, 404, may);
	ask(&place, "OPTIONS /pictures/a", PAGE "Access-Control-Request-Method: PUT\r\n", NULL,
		&answer);
	assert_int_equal(client_status(&answer), 204);
	assert_non_null(strstr(answer.bytes, may));
	assert_non_null(
		strstr(answer.bytes, "Access-Control-Allow-Methods: GET, HEAD, POST, PUT\r\n"));
	assert_non_null(strstr(
		answer.bytes, "Access-Control-Allow-Headers: Content-Type, If-None-Match\r\n"));
	check(&place, "POST /upload-url", OTHER, "{}", 403, "{\"error\":");
	ask(&place, "GET /limits", OTHER, NULL, &answer);
	assert_null(strstr(answer.bytes, "Access-Control-"));
	close_place(&place);
}

TEST(bodies_of_the_api_have_64_kib_at_most_and_a_length)
{
	char *body = calloc(API_MAX_BODY + 2, 1);
	struct place place;

	open_place(&place, NULL, 0);
	memset(body, ' ', API_MAX_BODY + 1);
	check(&place, "POST /upload-url", "", body, 413, "{\"error\":");
	body[API_MAX_BODY] = '\0';
	check(&place, "POST /upload-url", "", body, 400, "{\"error\":");
	check(&place, "POST /upload-url", "Transfer-Encoding: chunked\r\n", NULL, 411,
		"{\"error\":");
	check(&place, "POST /upload-url", "", "", 400, "{\"error\":");
	free(body);
	close_place(&place);
}

TEST(large_bodies_are_refused_while_many_are_on_their_way)
{
	enum { MANY = API_MAX_BODIES / API_MAX_BODY };
	struct place place;
	int fds[MANY];

	open_place(&place, NULL, 0);
	server_free(place.server);
	place.server = server_open(&(struct server_settings){.listen = "127.0.0.1:0",
					   .max_connections = 2 * MANY,
					   .choose = service_choose,
					   .state = &place.service},
		&(struct error){0});
	for (int i = 0; i < MANY; i++) {
		struct client_answer answer;

		fds[i] = client_connect(server_address(place.server));
		client_text(fds[i],
			"POST /upload-url HTTP/1.1\r\nHost: localhost\r\n"
			"Expect: 100-continue\r\nContent-Length: 65536\r\n\r\n");
		client_read(fds[i], "\r\n\r\n", &answer);
		assert_int_equal(client_status(&answer), 100);
	}
	check(&place, "POST /upload-url", "Content-Length: 5000\r\n", NULL, 503, "{\"error\":");
	check(&place, "POST /upload-url", "", "{}", 400, "{\"error\":");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
	close_place(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(each_path_has_who_answers_it),
		SCRATCH_TEST(what_is_not_there_is_said_in_json),
		SCRATCH_TEST(other_methods_are_told_which_there_are),
		SCRATCH_TEST(no_other_name_leads_to_the_server),
		SCRATCH_TEST(pages_from_elsewhere_change_nothing_and_are_not_let_see),
		SCRATCH_TEST(pages_of_allowed_origins_are_told_what_they_may),
		SCRATCH_TEST(bodies_of_the_api_have_64_kib_at_most_and_a_length),
		SCRATCH_TEST(large_bodies_are_refused_while_many_are_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
