#ifndef SERVE_SERVER_PARTS_H
#define SERVE_SERVER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "serve/connections.h"
#include "serve/linger.h"
#include "serve/server.h"

struct MHD_Daemon;
struct MHD_OptionItem;

/*
 * What the parts of a server share: server.c takes connections, exchange.c answers requests.
 *
 * What libmicrohttpd 0.9.75, which Debian 12 has, leaves to be made up for:
 * - A header's value ends for it at a NUL, and one that is folded onto a second line goes behind
 *   the header's name. exchange.c refuses a head that took more bytes than what is seen of it,
 *   unless the library is 0.9.77 or later. Lines that are shorter than usual can make up for those
 *   bytes, so head.c refuses names that such values may stand behind, Hostname among them.
 * - A thread to which epoll_wait(2) gave as many events as were asked for waits for one more before
 *   it looks at any, for ever if there is none. server.c sends one, by nudge_all(). No later
 *   version is known to do better; with one that does, that is a connection too many at times.
 * - An end that comes together with bytes is overlooked, as there is one edge for both: the client
 *   would be waited for until its time is over. connections_sweep() makes another edge.
 * - A request that the library itself refuses may be over without the callback for that. So
 *   exchange.c ends it with its connection. The library's own answers can't be given headers.
 * - Cookies are taken apart, which no option prevents, into the connection's memory. When that is
 *   full, the connection is closed without an answer.
 */

struct server {
	struct server_settings settings;
	struct connections connections;
	struct linger_sockets linger;
	struct MHD_Daemon *daemons[SERVER_THREADS]; /* each has a thread */
	size_t next_daemon;
	char *address;
	int listening; /* -1 once no more connections are taken */
	int wake[2];
	pthread_t acceptor;
	bool is_accepting;
};

/* Start a thread that reads requests from the connections given to it, at most so many, and answers
 * them. NULL if the system has none to give. */
struct MHD_Daemon *exchange_start(struct server *server, size_t max_connections);

/* Make the server's acceptor look around. */
void server_wake(struct server *server);

#endif
