#ifndef SERVE_CLIENT_H
#define SERVE_CLIENT_H

/* What tests send to a server of ours, byte by byte, and what they get. */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "test.h"

/* An answer, and what follows it. */
struct client_answer {
	char bytes[1 << 16];
	size_t length;
	bool has_ended; /* the server closed the connection, and did not break it */
};

/* Connect to "127.0.0.1:PORT". Nobody waits for ever. */
static inline int client_connect(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_port = htons((in_port_t)atoi(strchr(address, ':') + 1));
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Send; return whether all of it could be. */
static inline bool client_send(int fd, const void *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t sent = send(fd, (const char *)bytes + at, length - at, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += (size_t)sent;
	}
	return true;
}

static inline bool client_text(int fd, const char *text)
{
	return client_send(fd, text, strlen(text));
}

/* Read until `text` has come, or the end, which a NULL means. */
static inline void client_read(int fd, const char *text, struct client_answer *answer)
{
	*answer = (struct client_answer){0};
	while (!text || !strstr(answer->bytes, text)) {
		ssize_t got = recv(fd, answer->bytes + answer->length,
			sizeof(answer->bytes) - 1 - answer->length, 0);

		answer->has_ended = got == 0;
		if (got <= 0)
			return;
		answer->length += (size_t)got;
		answer->bytes[answer->length] = '\0';
	}
}

/* Send a request that says that it is the last, and read all that comes. */
static inline void client_ask(
	const char *address, const char *request, struct client_answer *answer)
{
	int fd = client_connect(address);

	client_text(fd, request);
	client_read(fd, NULL, answer);
	close(fd);
}

/* Return how often `text` is in the answer. */
static inline int client_count(const struct client_answer *answer, const char *text)
{
	int count = 0;

	for (const char *at = answer->bytes; (at = strstr(at, text)); at++)
		count++;
	return count;
}

/* Return the status of the first answer, 0 if there is none. */
static inline int client_status(const struct client_answer *answer)
{
	return strncmp(answer->bytes, "HTTP/1.1 ", 9) == 0 ? atoi(answer->bytes + 9) : 0;
}

#endif
