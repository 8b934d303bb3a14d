#include "serve/connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "serve/server.h"

static const double await_step = 0.002; /* seconds */

void connections_init(struct connections *connections, size_t max_spared)
{
	*connections = (struct connections){.max_spared = max_spared};
	pthread_mutex_init(&connections->lock, NULL);
}

void connections_release(struct connections *connections)
{
	while (connections->first) {
		struct connection *next = connections->first->next;

		free(connections->first);
		connections->first = next;
	}
	pthread_mutex_destroy(&connections->lock);
}

static bool is_between(const struct connection *connection)
{
	return connection->wait == CONNECTION_NEW || connection->wait == CONNECTION_KEPT ||
		connection->wait == CONNECTION_HEAD;
}

/* End both ways of the socket; its descriptor stays until its owner closes it. */
static void cut(struct connections *connections, struct connection *connection)
{
	connections->cut += !connection->is_cut;
	connection->is_cut = true;
	shutdown(connection->fd, SHUT_RDWR);
}

/* Put the connection behind all others. */
static void append(struct connections *connections, struct connection *connection)
{
	connection->next = NULL;
	connection->previous = connections->last;
	if (connections->last)
		connections->last->next = connection;
	else
		connections->first = connection;
	connections->last = connection;
}

static void take_out(struct connections *connections, struct connection *connection)
{
	if (connection->next)
		connection->next->previous = connection->previous;
	else
		connections->last = connection->previous;
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		connections->first = connection->next;
}

static void set_spared(
	struct connections *connections, struct connection *connection, bool is_spared)
{
	if (is_spared && connections->spared == connections->max_spared)
		return;
	connections->spared += is_spared && !connection->is_spared;
	connections->spared -= !is_spared && connection->is_spared;
	connection->is_spared = is_spared;
}

struct connection *connections_add(struct connections *connections, int fd, double now)
{
	struct connection *connection = memory_new(1, sizeof(*connection));

	connection->fd = fd;
	connection->since = now;
	connection->wait = CONNECTION_NEW;
	pthread_mutex_lock(&connections->lock);
	append(connections, connection);
	connections->count++;
	connections->expected -= connections->expected > 0;
	if (connections->is_ending)
		cut(connections, connection);
	pthread_mutex_unlock(&connections->lock);
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	pthread_mutex_lock(&connections->lock);
	take_out(connections, connection);
	connections->count--;
	connections->cut -= connection->is_cut;
	set_spared(connections, connection, false);
	pthread_mutex_unlock(&connections->lock);
	free(connection);
}

void connections_wait(struct connections *connections, struct connection *connection,
	enum connection_wait wait, uint64_t bytes, double now)
{
	pthread_mutex_lock(&connections->lock);
	take_out(connections, connection);
	append(connections, connection);
	connection->wait = wait;
	connection->since = now;
	connection->bytes = bytes;
	if (wait == CONNECTION_KEPT)
		set_spared(connections, connection, false);
	if (connections->is_ending && is_between(connection))
		cut(connections, connection);
	pthread_mutex_unlock(&connections->lock);
}

void connections_progress(
	struct connections *connections, struct connection *connection, size_t bytes)
{
	pthread_mutex_lock(&connections->lock);
	connection->bytes += bytes;
	pthread_mutex_unlock(&connections->lock);
}

void connections_spare(struct connections *connections, struct connection *connection)
{
	pthread_mutex_lock(&connections->lock);
	set_spared(connections, connection, true);
	pthread_mutex_unlock(&connections->lock);
}

/* Return how many seconds the connection may wait for what it waits for; -1 is for ever. */
static double allowed(const struct connection *connection)
{
	switch (connection->wait) {
	case CONNECTION_NEW:
	case CONNECTION_HEAD:
		return SERVER_HEAD_SECONDS;
	case CONNECTION_KEPT:
		return SERVER_IDLE_SECONDS;
	case CONNECTION_BODY:
	case CONNECTION_REPLY:
		return SERVER_HEAD_SECONDS + (double)connection->bytes / SERVER_FLOOR;
	case CONNECTION_BUSY:
		break;
	}
	return -1;
}

/* Return whether all was read that the client sent, and it has said that nothing more comes. */
static bool has_ended(const struct connection *connection)
{
	char next;

	return connection->wait != CONNECTION_BUSY && connection->wait != CONNECTION_REPLY &&
		recv(connection->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void connections_sweep(struct connections *connections, double now)
{
	pthread_mutex_lock(&connections->lock);
	for (struct connection *each = connections->first; each; each = each->next) {
		double seconds = allowed(each);

		if (!each->is_cut && seconds >= 0 && now - each->since > seconds)
			cut(connections, each);
		else if (!each->is_cut && has_ended(each))
			shutdown(each->fd, SHUT_RD);
	}
	pthread_mutex_unlock(&connections->lock);
}

/* Return the one that waits longest of those that may be cut off, between requests or not; NULL if
 * there is none. */
static struct connection *find_longest(const struct connections *connections, bool between)
{
	for (struct connection *each = connections->first; each; each = each->next)
		if (!each->is_cut && !each->is_spared && each->wait != CONNECTION_BUSY &&
			is_between(each) == between)
			return each;
	return NULL;
}

static bool evict(struct connections *connections)
{
	struct connection *chosen = find_longest(connections, true);

	if (!chosen)
		chosen = find_longest(connections, false);
	if (chosen)
		cut(connections, chosen);
	return chosen != NULL;
}

bool connections_evict(struct connections *connections)
{
	bool was_there;

	pthread_mutex_lock(&connections->lock);
	was_there = evict(connections);
	pthread_mutex_unlock(&connections->lock);
	return was_there;
}

static size_t count(const struct connections *connections)
{
	return connections->count + connections->expected;
}

void connections_make_room(struct connections *connections, size_t most)
{
	pthread_mutex_lock(&connections->lock);
	while (count(connections) - connections->cut >= most && evict(connections))
		continue;
	pthread_mutex_unlock(&connections->lock);
}

void connections_expect(struct connections *connections)
{
	pthread_mutex_lock(&connections->lock);
	connections->expected++;
	pthread_mutex_unlock(&connections->lock);
}

void connections_forget_expected(struct connections *connections)
{
	pthread_mutex_lock(&connections->lock);
	connections->expected = 0;
	pthread_mutex_unlock(&connections->lock);
}

size_t connections_count(struct connections *connections)
{
	size_t all;

	pthread_mutex_lock(&connections->lock);
	all = count(connections);
	pthread_mutex_unlock(&connections->lock);
	return all;
}

size_t connections_await(struct connections *connections, size_t most, double seconds)
{
	double until = clock_elapsed() + seconds;
	size_t left;

	while ((left = connections_count(connections)) > most && clock_elapsed() < until)
		clock_sleep(await_step);
	return left;
}

void connections_end(struct connections *connections)
{
	pthread_mutex_lock(&connections->lock);
	connections->is_ending = true;
	connections->expected = 0; /* they are cut off when they come */
	for (struct connection *each = connections->first; each; each = each->next)
		if (is_between(each))
			cut(connections, each);
	pthread_mutex_unlock(&connections->lock);
}

bool connections_ending(struct connections *connections)
{
	bool is_ending;

	pthread_mutex_lock(&connections->lock);
	is_ending = connections->is_ending;
	pthread_mutex_unlock(&connections->lock);
	return is_ending;
}

size_t connections_cut(struct connections *connections)
{
	size_t broken = 0;

	pthread_mutex_lock(&connections->lock);
	for (struct connection *each = connections->first; each; each = each->next) {
		broken += !is_between(each);
		cut(connections, each);
	}
	pthread_mutex_unlock(&connections->lock);
	return broken;
}
