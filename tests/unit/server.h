#ifndef SERVER_H
#define SERVER_H

/* A server on this machine that answers requests by a table, and keeps what was asked. */

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#include "test.h"

/* What is answered to requests that begin with `request`, "GET /path"; the first row that fits, up
 * to as many `times`, 0 being always, counts. The others get 404. */
struct server_answer {
	const char *request;
	int status;
	const char *body;
	int times;
};

struct server {
	int listener, port;
	pthread_t thread;
	struct server_answer answers[8];
	double delay;	     /* before an answer, in seconds */
	char asked[1 << 18]; /* all requests, one behind the other */
	size_t length;
};

/* Read a request to the end of what was asked; -1 if none comes. */
static inline int server_read(struct server *server, int connection, char **request)
{
	size_t start = server->length, body = 0;
	char *head_end = NULL, *found;
	ssize_t n;

	*request = server->asked + start;
	while (!head_end || server->length - start < (size_t)(head_end + 4 - *request) + body) {
		n = read(connection, server->asked + server->length,
			sizeof(server->asked) - 1 - server->length);
		if (n <= 0)
			return -1;
		server->length += (size_t)n;
		server->asked[server->length] = '\0';
		head_end = strstr(*request, "\r\n\r\n");
		found = strstr(*request, "Content-Length: ");
		body = found ? strtoul(found + 16, NULL, 10) : 0;
	}
	return 0;
}

static inline void server_answer(struct server *server, int connection, const char *request)
{
	struct server_answer *answer = server->answers;
	char head[200];

	while (answer->request &&
		(answer->times < 0 || strncmp(request, answer->request, strlen(answer->request))))
		answer++;
	if (answer->times > 0 && --answer->times == 0)
		answer->times = -1;
	clock_sleep(server->delay);
	snprintf(head, sizeof(head),
		"HTTP/1.1 %d X\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n",
		answer->request ? answer->status : 404,
		strlen(answer->request ? answer->body : ""));
	if (write(connection, head, strlen(head)) < 0)
		return;
	if (answer->request && write(connection, answer->body, strlen(answer->body)) < 0)
		return;
}

static inline void *server_run(void *state)
{
	struct server *server = state;
	int connection;

	while ((connection = accept(server->listener, NULL, NULL)) >= 0) {
		char *request;

		if (server_read(server, connection, &request) == 0)
			server_answer(server, connection, request);
		close(connection);
	}
	return NULL;
}

/* Begin to answer; `answers` is filled before. */
static inline void server_start(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(server->listener, 16), 0);
	getsockname(server->listener, (struct sockaddr *)&address, &length);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
}

/* End; after that, what was asked can be looked at. */
static inline void server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

/* Count how often `text` is in what was asked. */
static inline int server_count(const struct server *server, const char *text)
{
	int count = 0;

	for (const char *at = server->asked; (at = strstr(at, text)); at++)
		count++;
	return count;
}

/* Set a variable to the server's URL and `path`. */
static inline void server_set(const struct server *server, const char *variable, const char *path)
{
	char url[200];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server->port, path);
	setenv(variable, url, 1);
}

#endif
