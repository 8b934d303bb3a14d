#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stddef.h>

#include "serve/exchange.h"

struct buffer;
struct error;
struct server;

/*
 * An HTTP/1.1 server: takes connections, reads requests, and sends what handlers answer.
 * https://www.rfc-editor.org/rfc/rfc9112
 *
 * libmicrohttpd reads and writes on a few threads, each with an epoll of its own, so that a slow
 * client costs a connection and no thread. One thread of ours accepts, because it has to know what
 * libmicrohttpd doesn't: who has waited longest, and for what.
 *
 * What is refused before any handler sees it: heads of more than SERVER_MAX_HEAD bytes, or of more
 * than about 300 headers (431), and whatever two readers of HTTP might take for different requests
 * (400): two lengths, a length beside a Transfer-Encoding, names that are no tokens, two Hosts, two
 * Origins. Cookies count as headers, but where they are too many the connection just ends.
 *
 * Who is cut off: whose head isn't complete SERVER_HEAD_SECONDS after the connection, or after its
 * request line; who asks for nothing more for SERVER_IDLE_SECONDS; whose body, or whose reading of
 * an answer, is slower than SERVER_FLOOR bytes a second, after SERVER_HEAD_SECONDS of patience.
 * When there are more connections than may be, the one that has waited longest for its client makes
 * room.
 */

enum {
	SERVER_THREADS = 4,	    /* that call handlers, side by side */
	SERVER_MAX_HEAD = 16 << 10, /* bytes */
	SERVER_HEAD_SECONDS = 10,
	SERVER_IDLE_SECONDS = 30,
	SERVER_FLOOR = 16 << 10, /* bytes a second */
};

/* What serves. Borrowed. */
struct server_settings {
	const char *listen; /* "127.0.0.1:8080", "[::1]:0" (serve/listen.h) */
	size_t max_connections;
	/* Say who answers, when a head is there; or answer, and return NULL. */
	const struct http_handler *(*choose)(struct exchange *exchange, void *state);
	/* Say how a request was answered, of which the query is a secret. From any thread. NULL:
	 * nobody wants to know. */
	void (*tell)(const char *method, const char *path, int status);
	void *state; /* of choose() */
};

/* Listen and serve, on threads of its own. NULL with `err` filled if that can't be. Free with
 * server_free(). */
struct server *server_open(const struct server_settings *settings, struct error *err);

/* Return the address that it listens on, "127.0.0.1:8080": with the port that was free, if it was
 * to be any. Borrowed. */
const char *server_address(const struct server *server);

/* Take no more connections or requests, and wait until the exchanges in flight are over, for
 * `seconds` at most; then cut the rest off. Return how many were cut off. Handlers whose end() was
 * called may still answer, and have to. */
size_t server_stop(struct server *server, double seconds);

/* Stop at once, unless that was done, and release the server. All that end() was called for must
 * have been answered. Takes NULL. */
void server_free(struct server *server);

/* Append a line with the version of the library that reads and writes HTTP. */
void server_versions(struct buffer *lines);

#endif
