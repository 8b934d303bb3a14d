#ifndef SERVE_CONNECTIONS_H
#define SERVE_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The connections that are open, what each waits for, and for how long it may. None is closed here:
 * its socket is shut down, so that whoever reads from it or writes to it comes to its end.
 * All functions may be called from many threads. Times are of clock_elapsed(), in seconds.
 */

/* What a connection waits for. */
enum connection_wait {
	CONNECTION_NEW,	  /* for its first request line */
	CONNECTION_KEPT,  /* for another one */
	CONNECTION_HEAD,  /* for the rest of a head */
	CONNECTION_BODY,  /* for a body */
	CONNECTION_BUSY,  /* for us */
	CONNECTION_REPLY, /* for the client to take its answer */
};

struct connection {
	struct connection *next, *previous;
	int fd;
	enum connection_wait wait;
	double since;	/* that it waits for this */
	uint64_t bytes; /* that came or go meanwhile */
	bool is_spared; /* not to be cut off to make room */
	bool is_cut;
	void *exchange; /* of whoever serves the connection */
};

/* Starts with connections_init(), ends with connections_release(), which takes away what is left.
 */
struct connections {
	pthread_mutex_t lock;
	struct connection *first, *last; /* in the order of their `since` */
	size_t count, cut, spared, max_spared;
	size_t expected; /* that were handed over, and not taken in yet */
	bool is_ending;	 /* whoever is between two requests is cut off */
};

void connections_init(struct connections *connections, size_t max_spared);
void connections_release(struct connections *connections);

/* Take in a connection. connections_remove() frees it, and is called before its socket is closed.
 */
struct connection *connections_add(struct connections *connections, int fd, double now);
void connections_remove(struct connections *connections, struct connection *connection);

/* Say what the connection waits for from now on; `bytes` are those of the answer, else 0. */
void connections_wait(struct connections *connections, struct connection *connection,
	enum connection_wait wait, uint64_t bytes, double now);

/* Say that so many bytes of a body came. */
void connections_progress(
	struct connections *connections, struct connection *connection, size_t bytes);

/* Spare the connection until its answer is sent, unless as many are spared as may be: there have to
 * be some that make room. */
void connections_spare(struct connections *connections, struct connection *connection);

/* Cut off all whose time is over, and wake up who reads from a client that has said that nothing
 * more comes, if nothing is left to read: who waits for an edge may have overlooked that. */
void connections_sweep(struct connections *connections, double now);

/* Cut off one to make room: who waits for a request goes first, then who waits for a body or an
 * answer, and of these who has waited longest. Return whether there was one. */
bool connections_evict(struct connections *connections);

/* Cut off as many as are needed so that fewer than `most` are left. */
void connections_make_room(struct connections *connections, size_t most);

/* Count in one that connections_add() is going to take in; or don't any more. */
void connections_expect(struct connections *connections);
void connections_forget_expected(struct connections *connections);

/* Return how many there are: open, expected, and cut off but not closed yet. */
size_t connections_count(struct connections *connections);

/* Wait until there are no more than `most`, or `seconds` are over. Return how many are left. */
size_t connections_await(struct connections *connections, size_t most, double seconds);

/* From here on cut off whoever is between two requests, as soon as it is. */
void connections_end(struct connections *connections);

/* Return whether connections_end() was called. */
bool connections_ending(struct connections *connections);

/* Cut off all, and return how many were in the midst of an exchange. */
size_t connections_cut(struct connections *connections);

#endif
