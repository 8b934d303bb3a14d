#ifndef SERVE_LINGER_H
#define SERVE_LINGER_H

#include <poll.h>
#include <pthread.h>
#include <stddef.h>

/*
 * Sockets that were answered before all was read that their clients sent. Closed at once, they
 * would make the system reset the connection, and take the answer away from a client that is still
 * sending (RFC 9112, section 9.6). So their ends are read, and thrown away, for some seconds.
 */

enum { LINGER_MOST = 128, LINGER_SECONDS = 10 };

struct linger_sockets {
	pthread_mutex_t lock;
	size_t count;
	struct {
		int fd;
		double until;
	} each[LINGER_MOST];
};

void linger_init(struct linger_sockets *linger);

/* Close all. */
void linger_release(struct linger_sockets *linger);

/* Keep a duplicate of the socket, with nothing more to be sent, and close that later; the oldest
 * makes room. May be called from any thread. */
void linger_add(struct linger_sockets *linger, int fd, double now);

/* Fill `polled` with what is to be waited for, and return how many that are. */
size_t linger_poll(struct linger_sockets *linger, struct pollfd polled[LINGER_MOST]);

/* Read some of what has come, and close those that ended, or whose time is over. Only one thread
 * may. */
void linger_read(struct linger_sockets *linger, double now);

#endif
