#include "serve/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/error.h"
#include "scratch.h"
#include "serve_client.h"

#define HOST "Host: localhost\r\n"
#define LAST "Connection: close\r\n\r\n"

/* What the handlers below were called for. */
static atomic_int begun, ended, gone_count;
static atomic_size_t body_bytes;

/* The one exchange that waits for an answer. */
static _Atomic(struct exchange *) waiting;

static void say(struct exchange *exchange, int status, const char *text)
{
	struct http_reply reply = {.status = status, .content_type = "text/plain"};

	buffer_text(&reply.body, text);
	http_reply_header(&reply, "X-Path", exchange_path(exchange));
	exchange_answer(exchange, &reply);
}

/* Whether a handler may end that keeps its thread. */
static atomic_bool may_go_on;

static void *begin(struct exchange *exchange, void *state)
{
	(void)state;
	begun++;
	if (strcmp(exchange_path(exchange), "/keep") == 0)
		for (int i = 0; i < 2000 && !may_go_on; i++)
			clock_sleep(0.01);
	if (strcmp(exchange_path(exchange), "/refused") == 0)
		say(exchange, 403, "refused");
	return exchange;
}

static void take(struct exchange *exchange, void *own, const void *bytes, size_t length)
{
	assert_ptr_equal(exchange, own);
	assert_non_null(bytes);
	body_bytes += length;
	if (strcmp(exchange_path(exchange), "/halfway") == 0)
		say(exchange, 507, "halfway");
}

static void end(struct exchange *exchange, void *own)
{
	struct http_reply reply = {.status = 200};

	assert_ptr_equal(exchange, own);
	ended++;
	if (strcmp(exchange_path(exchange), "/later") == 0) {
		waiting = exchange;
	} else if (strcmp(exchange_path(exchange), "/file") == 0) {
		reply.has_file = true;
		reply.file = open("file", O_RDONLY);
		reply.file_bytes = 5;
		exchange_answer(exchange, &reply);
	} else {
		say(exchange, 200, exchange_query(exchange));
	}
}

static void gone(void *own)
{
	assert_non_null(own);
	gone_count++;
}

static const struct http_handler handler = {begin, take, end, gone, NULL};

static const struct http_handler *choose(struct exchange *exchange, void *state)
{
	(void)state;
	exchange_add_header(exchange, "X-Always", "yes");
	if (strcmp(exchange_path(exchange), "/nobody") != 0)
		return &handler;
	say(exchange, 404, "nobody");
	return NULL;
}

static struct server *open_server(size_t max_connections)
{
	const struct server_settings settings = {
		.listen = "127.0.0.1:0", .max_connections = max_connections, .choose = choose};
	struct error err = {0};
	struct server *server = server_open(&settings, &err);

	assert_string_equal(err.text, "");
	assert_non_null(server);
	begun = ended = gone_count = 0;
	body_bytes = 0;
	waiting = NULL;
	return server;
}

/* Wait until a counter has got there, or for 20 seconds. */
static void await(const atomic_int *counter, int value)
{
	for (int i = 0; i < 2000 && *counter < value; i++)
		clock_sleep(0.01);
	assert_int_equal(*counter, value);
}

static struct exchange *await_exchange(void)
{
	for (int i = 0; i < 2000 && !waiting; i++)
		clock_sleep(0.01);
	assert_non_null(waiting);
	return waiting;
}

TEST(a_connection_serves_one_request_after_another)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	struct client_answer answer;

	for (int i = 0; i < 3; i++) {
		client_text(fd, "GET /a%2f?b=%3f HTTP/1.1\r\n" HOST "\r\n");
		client_read(fd, "b=%3f", &answer);
		assert_int_equal(client_status(&answer), 200);
		assert_non_null(strstr(answer.bytes, "X-Path: /a%2f\r\n"));
		assert_non_null(strstr(answer.bytes, "X-Always: yes\r\n"));
	}
	client_text(fd,
		"POST /a?one HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
		"GET /b?two HTTP/1.1\r\n" HOST "\r\nGET /c?three HTTP/1.1\r\n" HOST LAST);
	client_read(fd, NULL, &answer);
	assert_int_equal(client_count(&answer, "HTTP/1.1 200 OK"), 3);
	assert_non_null(strstr(answer.bytes, "three"));
	assert_true(answer.has_ended);
	close(fd);
	await(&gone_count, 6);
	assert_int_equal(begun, 6);
	assert_int_equal(ended, 6);
	assert_int_equal(body_bytes, 3);
	server_free(server);
}

TEST(an_answer_may_come_from_another_thread)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	struct client_answer answer;

	client_text(fd, "PUT /later HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	say(await_exchange(), 201, "at last");
	client_read(fd, "at last", &answer);
	assert_int_equal(client_status(&answer), 201);
	client_text(fd, "GET /?again HTTP/1.1\r\n" HOST "\r\n");
	client_read(fd, "again", &answer);
	assert_int_equal(client_status(&answer), 200);
	close(fd);
	await(&gone_count, 2);
	server_free(server);
}

TEST(an_answer_to_who_has_gone_harms_nobody)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));

	client_text(fd, "PUT /later HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc");
	await_exchange();
	close(fd);
	clock_sleep(0.05);
	assert_int_equal(gone_count, 0);
	say(waiting, 200, "to nobody");
	await(&gone_count, 1);
	server_free(server);
}

TEST(a_refusal_reaches_who_sends_all_of_its_body_all_the_same)
{
	enum { BODY = 8 << 20 };
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	char *body = calloc(BODY, 1);
	struct client_answer answer;

	client_text(fd, "PUT /refused HTTP/1.1\r\n" HOST "Content-Length: 8388608\r\n\r\n");
	assert_true(client_send(fd, body, BODY));
	client_read(fd, NULL, &answer);
	assert_int_equal(client_status(&answer), 403);
	assert_true(answer.has_ended);
	assert_non_null(strstr(answer.bytes, "Connection: close\r\n"));
	close(fd);
	await(&gone_count, 1);
	assert_int_equal(body_bytes, 0);
	assert_int_equal(ended, 0);
	free(body);
	server_free(server);
}

TEST(who_waits_to_be_told_to_go_on_is_told_only_if_nothing_is_wrong)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	struct client_answer answer;

	client_text(fd,
		"PUT /refused HTTP/1.1\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	client_read(fd, NULL, &answer);
	assert_int_equal(client_status(&answer), 403);
	close(fd);
	fd = client_connect(server_address(server));
	client_text(fd,
		"PUT /?done HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	client_read(fd, "\r\n\r\n", &answer);
	assert_int_equal(client_status(&answer), 100);
	client_text(fd, "abcde");
	client_read(fd, "done", &answer);
	assert_int_equal(client_status(&answer), 200);
	close(fd);
	server_free(server);
}

TEST(an_answer_in_the_midst_of_a_body_comes_behind_it)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	struct client_answer answer;

	client_text(fd, "PUT /halfway HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc");
	for (int i = 0; i < 2000 && body_bytes < 3; i++)
		clock_sleep(0.01);
	client_text(fd, "defGET /?next HTTP/1.1\r\n" HOST LAST);
	client_read(fd, NULL, &answer);
	assert_int_equal(client_status(&answer), 507);
	assert_int_equal(client_count(&answer, "HTTP/1.1 200 OK"), 1);
	assert_int_equal(body_bytes, 3);
	close(fd);
	server_free(server);
}

TEST(a_body_that_breaks_off_is_told_to_who_began_it)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));

	client_text(fd, "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc");
	await(&begun, 1);
	close(fd);
	await(&gone_count, 1);
	assert_int_equal(ended, 0);
	server_free(server);
}

TEST(files_are_sent_and_closed_and_to_head_only_what_comes_before_them)
{
	struct server *server = open_server(100);
	struct client_answer answer;

	scratch_write("file", "12345678");
	client_ask(server_address(server), "GET /file HTTP/1.1\r\n" HOST LAST, &answer);
	assert_int_equal(client_status(&answer), 200);
	assert_non_null(strstr(answer.bytes, "Content-Length: 5\r\n"));
	assert_string_equal(strstr(answer.bytes, "\r\n\r\n"), "\r\n\r\n12345");
	client_ask(server_address(server), "HEAD /file HTTP/1.1\r\n" HOST LAST, &answer);
	assert_non_null(strstr(answer.bytes, "Content-Length: 5\r\n"));
	assert_string_equal(strstr(answer.bytes, "\r\n\r\n"), "\r\n\r\n");
	server_free(server);
}

TEST(who_has_no_handler_was_answered)
{
	struct server *server = open_server(100);
	struct client_answer answer;

	client_ask(server_address(server), "GET /nobody HTTP/1.1\r\n" HOST LAST, &answer);
	assert_int_equal(client_status(&answer), 404);
	assert_int_equal(begun, 0);
	assert_int_equal(gone_count, 0);
	server_free(server);
}

/* What two readers might read differently; each is followed by what must be taken for no request.
 */
static const char *const twofold[] = {
	"POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 0\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST
	"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST "Content-Length: 1\r\n 0\r\n\r\n",
	"POST /a HTTP/1.1\r\n" HOST "A:\nA:\nA:\nA:\nContent-Length:3\r\n 0\r\n\r\n",
	"GET /a HTTP/1.1\r\n" HOST "A:\nA:\nA:\nA:\nHost:\r\n other\r\n\r\n",
	"GET /a HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n",
	"GET /a HTTP/1.1\r\n" HOST HOST "\r\n",
	"GET /a HTTP/1.1\r\n\r\n",
	"GET /a b HTTP/1.1\r\n" HOST "\r\n",
	"GET http://localhost/a HTTP/1.1\r\n" HOST "\r\n",
	"GET /a HTTP/2.0\r\n" HOST "\r\n",
	"GET /a\r\n" HOST "\r\n",
	"GET /a HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n",
};

TEST(who_has_no_more_to_send_may_still_read)
{
	struct server *server = open_server(100);
	int fd = client_connect(server_address(server));
	struct client_answer answer;

	client_text(fd, "PUT /later HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcdef\r\n\r\n");
	shutdown(fd, SHUT_WR);
	say(await_exchange(), 200, "all the same");
	client_read(fd, NULL, &answer);
	assert_int_equal(client_status(&answer), 200);
	close(fd);
	server_free(server);
}

TEST(what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read)
{
	struct server *server = open_server(100);
	struct client_answer answer;

	for (size_t i = 0; i < COUNT(twofold); i++) {
		int fd = client_connect(server_address(server));

		client_text(fd, twofold[i]);
		client_text(fd, "GET /behind HTTP/1.1\r\n" HOST LAST);
		client_read(fd, NULL, &answer);
		if (client_status(&answer) == 200 || strstr(answer.bytes, "X-Path: /"))
			fail_msg("taken: %s", twofold[i]);
		close(fd);
	}
	assert_int_equal(begun, 0);
	server_free(server);
}

TEST(bytes_that_are_zero_are_refused_wherever_they_are)
{
	static const char *const heads[] = {"GET /a@b HTTP/1.1\r\n" HOST LAST,
		"GET /a HTTP/1.1\r\n" HOST "A: b@c\r\n" LAST, "GE@T /a HTTP/1.1\r\n" HOST LAST,
		"POST /a HTTP/1.1\r\n" HOST "Content-Length: 0@1\r\n" LAST};
	struct server *server = open_server(100);
	struct client_answer answer;

	for (size_t i = 0; i < COUNT(heads); i++) {
		char head[256] = {0};
		int fd = client_connect(server_address(server));

		memcpy(head, heads[i], strlen(heads[i]));
		*strchr(head, '@') = '\0';
		client_send(fd, head, strlen(heads[i]));
		client_read(fd, NULL, &answer);
		assert_int_equal(client_status(&answer), 400);
		close(fd);
	}
	assert_int_equal(begun, 0);
	server_free(server);
}

/* Ask with a head of so many bytes. */
static int ask_with_head(const struct server *server, size_t bytes)
{
	static const char before[] = "GET /a HTTP/1.1\r\n" HOST "Connection: close\r\nX: ";
	struct client_answer answer;
	char *head = malloc(bytes + 1);
	int fd = client_connect(server_address(server));

	memset(head, 'x', bytes);
	memcpy(head, before, strlen(before));
	memcpy(head + bytes - 4, "\r\n\r\n", 4);
	client_send(fd, head, bytes);
	client_read(fd, NULL, &answer);
	close(fd);
	free(head);
	return client_status(&answer);
}

TEST(a_head_has_16_kib_at_most)
{
	struct server *server = open_server(100);

	assert_int_equal(ask_with_head(server, SERVER_MAX_HEAD), 200);
	assert_int_equal(ask_with_head(server, SERVER_MAX_HEAD + 1), 431);
	assert_int_equal(ask_with_head(server, 1 << 20), 431);
	server_free(server);
}

TEST(connections_that_idle_keep_nobody_out)
{
	enum { IDLE = 300 };
	struct server *server = open_server(20);
	struct client_answer answer;
	int idle[IDLE], left = 0;

	for (int i = 0; i < IDLE; i++) {
		idle[i] = client_connect(server_address(server));
		if (i % 3)
			client_text(idle[i], "GET /a HTTP/1.1\r\n");
		if (i % 50)
			continue;
		client_ask(server_address(server), "GET /a?b HTTP/1.1\r\n" HOST LAST, &answer);
		assert_int_equal(client_status(&answer), 200);
	}
	for (int i = 0; i < IDLE; i++) {
		char byte;

		left += recv(idle[i], &byte, 1, MSG_DONTWAIT) < 0;
		close(idle[i]);
	}
	assert_true(left <= 100);
	server_free(server);
}

/* Let a thread find as many connections at once with something to read as `many`, and no more after
 * that: all have to be answered. */
static void check_burst(int many)
{
	enum { MOST = 130, THREADS = 4 };
	struct server *server = open_server(2 * MOST * THREADS);
	int fds[MOST * THREADS + 1];
	struct client_answer answer;

	may_go_on = false;
	for (int i = 0; i <= many * THREADS; i++)
		fds[i] = client_connect(server_address(server));
	client_text(fds[0], "GET /keep HTTP/1.1\r\n" HOST "\r\n");
	await(&begun, 1);
	for (int i = THREADS; i <= many * THREADS; i += THREADS)
		client_text(fds[i], "GET /?here HTTP/1.1\r\n" HOST "\r\n");
	may_go_on = true;
	for (int i = THREADS; i <= many * THREADS; i += THREADS) {
		client_read(fds[i], "here", &answer);
		assert_int_equal(client_status(&answer), 200);
	}
	for (int i = 0; i <= many * THREADS; i++)
		close(fds[i]);
	server_free(server);
}

TEST(however_many_ask_at_once_all_are_answered)
{
	check_burst(127);
	check_burst(128);
	check_burst(129);
}

struct stop {
	struct server *server;
	double seconds;
	size_t broken;
	atomic_bool is_over;
};

static void *run_stop(void *own)
{
	struct stop *stop = own;

	stop->broken = server_stop(stop->server, stop->seconds);
	stop->is_over = true;
	return NULL;
}

TEST(a_server_that_stops_finishes_what_is_in_flight_and_takes_nothing_more)
{
	struct stop stop = {.server = open_server(100), .seconds = 20};
	int idle = client_connect(server_address(stop.server));
	int busy = client_connect(server_address(stop.server));
	struct client_answer answer;
	pthread_t thread;

	client_text(busy, "PUT /a?done HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc");
	await(&begun, 1);
	assert_int_equal(pthread_create(&thread, NULL, run_stop, &stop), 0);
	client_read(idle, NULL, &answer);
	assert_int_equal(answer.length, 0);
	assert_false(stop.is_over);
	client_text(busy, "defGET /b HTTP/1.1\r\n" HOST "\r\n");
	client_read(busy, NULL, &answer);
	assert_int_equal(client_status(&answer), 200);
	assert_non_null(strstr(answer.bytes, "Connection: close\r\n"));
	assert_int_equal(client_count(&answer, "HTTP/1.1"), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(stop.broken, 0);
	close(idle);
	close(busy);
	server_free(stop.server);
}

TEST(a_server_that_stops_does_not_wait_for_ever)
{
	struct server *server = open_server(100);
	int slow = client_connect(server_address(server));
	struct client_answer answer;

	client_text(slow, "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc");
	await(&begun, 1);
	assert_int_equal(server_stop(server, 0.05), 1);
	client_read(slow, NULL, &answer);
	assert_int_equal(answer.length, 0);
	await(&gone_count, 1);
	close(slow);
	server_free(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_serves_one_request_after_another),
		cmocka_unit_test(an_answer_may_come_from_another_thread),
		cmocka_unit_test(an_answer_to_who_has_gone_harms_nobody),
		cmocka_unit_test(a_refusal_reaches_who_sends_all_of_its_body_all_the_same),
		cmocka_unit_test(who_waits_to_be_told_to_go_on_is_told_only_if_nothing_is_wrong),
		cmocka_unit_test(an_answer_in_the_midst_of_a_body_comes_behind_it),
		cmocka_unit_test(a_body_that_breaks_off_is_told_to_who_began_it),
		SCRATCH_TEST(files_are_sent_and_closed_and_to_head_only_what_comes_before_them),
		cmocka_unit_test(who_has_no_handler_was_answered),
		cmocka_unit_test(who_has_no_more_to_send_may_still_read),
		cmocka_unit_test(
			what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read),
		cmocka_unit_test(bytes_that_are_zero_are_refused_wherever_they_are),
		cmocka_unit_test(a_head_has_16_kib_at_most),
		cmocka_unit_test(connections_that_idle_keep_nobody_out),
		cmocka_unit_test(however_many_ask_at_once_all_are_answered),
		cmocka_unit_test(
			a_server_that_stops_finishes_what_is_in_flight_and_takes_nothing_more),
		cmocka_unit_test(a_server_that_stops_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
