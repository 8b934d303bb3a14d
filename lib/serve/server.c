#include "serve/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "serve/listen.h"
#include "serve/server_parts.h"

/* Connections that are being closed may be so many on top of what is allowed; files, the table and
 * all else need so many descriptors. */
enum { SLACK = 128, OTHER_DESCRIPTORS = 128, SWEEP_MILLISECONDS = 250 };

/* So many events libmicrohttpd asks for at once; so many connections are taken at once. */
enum { EVENTS_AT_ONCE = 128, ACCEPTS_AT_ONCE = 64 };

static const double room_seconds = 1.0, rest_seconds = 0.05, nudge_seconds = 0.25;

void server_wake(struct server *server)
{
	ssize_t written = write(server->wake[1], "", 1);

	(void)written; /* a full pipe is readable already */
}

/* Let go of connections if there are too many, and wait until there is room. */
static bool make_room(struct server *server)
{
	struct connections *connections = &server->connections;
	size_t most = server->settings.max_connections + SLACK;

	connections_make_room(connections, server->settings.max_connections);
	if (connections_await(connections, most - 1, room_seconds) < most)
		return true;
	connections_forget_expected(connections); /* should one have got lost */
	return false;
}

/* Give a socket to a thread of libmicrohttpd's, which closes it sooner or later. */
static void hand_over(struct server *server, struct MHD_Daemon *daemon, int fd,
	const struct sockaddr *peer, socklen_t length)
{
	connections_expect(&server->connections);
	if (MHD_add_connection(daemon, fd, peer, length) == MHD_NO) /* it is closed */
		connections_forget_expected(&server->connections);
}

/* Take in a connection. Return whether there was room for it. */
static bool take_in(struct server *server, int fd, const struct sockaddr *peer, socklen_t length)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (!make_room(server)) {
		close(fd);
		return false;
	}
	hand_over(server, server->daemons[server->next_daemon], fd, peer, length);
	server->next_daemon = (server->next_daemon + 1) % SERVER_THREADS;
	return true;
}

/* Take those that wait to be taken: not so many, and none that room has to be awaited for, that
 * all else would have to wait for long. */
static void accept_some(struct server *server)
{
	struct sockaddr_storage peer;

	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		socklen_t length = sizeof(peer);
		int fd = accept(server->listening, (struct sockaddr *)&peer, &length);

		if (fd >= 0) {
			if (!take_in(server, fd, (struct sockaddr *)&peer, length))
				return;
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			errno == ENOMEM) {
			connections_evict(&server->connections);
			clock_sleep(rest_seconds);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

static void empty_pipe(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

/* Give a thread of libmicrohttpd's a connection that is closed already. */
static void nudge(struct server *server, struct MHD_Daemon *daemon)
{
	struct sockaddr nobody = {.sa_family = AF_UNIX};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return;
	close(ends[0]);
	hand_over(server, daemon, ends[1], &nobody, sizeof(nobody));
}

/* Let no thread wait for one event too many (server_parts.h), where there are so many connections
 * that it could. */
static void nudge_all(struct server *server)
{
	if (connections_count(&server->connections) < EVENTS_AT_ONCE)
		return;
	for (size_t i = 0; i < SERVER_THREADS; i++)
		nudge(server, server->daemons[i]);
}

/* Do what is to be done from time to time. */
static void look_around(struct server *server)
{
	connections_sweep(&server->connections, clock_elapsed());
	linger_read(&server->linger, clock_elapsed());
}

static void *run_acceptor(void *own)
{
	struct server *server = own;
	double nudged = clock_elapsed();
	struct pollfd polled[2 + LINGER_MOST];

	while (!connections_ending(&server->connections)) {
		size_t count = 2 + linger_poll(&server->linger, polled + 2);

		polled[0] = (struct pollfd){.fd = server->listening, .events = POLLIN};
		polled[1] = (struct pollfd){.fd = server->wake[0], .events = POLLIN};
		poll(polled, (nfds_t)count, SWEEP_MILLISECONDS);
		empty_pipe(server->wake[0]);
		look_around(server);
		if (clock_elapsed() - nudged > nudge_seconds) {
			nudge_all(server);
			nudged = clock_elapsed();
		}
		if (polled[0].revents)
			accept_some(server);
	}
	return NULL;
}

/* Raise the limit of descriptors to what so many connections need; where that can't be, let them
 * have half of what there are. */
static size_t afford(size_t connections)
{
	rlim_t wanted = connections + SLACK + LINGER_MOST + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return connections;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	setrlimit(RLIMIT_NOFILE, &limit); /* which may be lowered, and raised so far, by anybody */
	if (limit.rlim_cur >= wanted)
		return connections;
	return limit.rlim_cur / 2 < connections ? (size_t)limit.rlim_cur / 2 : connections;
}

static int open_pipe(int ends[2])
{
	if (pipe(ends))
		return -1;
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static int start_listening(struct server *server, struct error *err)
{
	struct listen_address address;
	struct buffer text = {0};

	if (listen_parse(server->settings.listen, &address, err))
		return -1;
	server->listening = listen_open(&address, err);
	if (server->listening < 0)
		return -1;
	listen_format(&address, &text);
	server->address = text.bytes;
	return 0;
}

static int start_threads(struct server *server, struct error *err)
{
	if (open_pipe(server->wake))
		return error_errno(err, "a pipe");
	for (size_t i = 0; i < SERVER_THREADS; i++) {
		/* How they spread over the threads is not for one thread to say. */
		server->daemons[i] =
			exchange_start(server, server->settings.max_connections + SLACK);
		if (!server->daemons[i])
			return error_transient(err, "a thread to serve HTTP can't be started");
	}
	if (pthread_create(&server->acceptor, NULL, run_acceptor, server))
		return error_transient(err, "a thread to accept connections can't be started");
	server->is_accepting = true;
	return 0;
}

struct server *server_open(const struct server_settings *settings, struct error *err)
{
	struct server *server = memory_new(1, sizeof(*server));

	server->settings = *settings;
	server->settings.max_connections = afford(settings->max_connections);
	server->listening = server->wake[0] = server->wake[1] = -1;
	connections_init(&server->connections, server->settings.max_connections / 2);
	linger_init(&server->linger);
	if (start_listening(server, err) || start_threads(server, err)) {
		server_free(server);
		return NULL;
	}
	return server;
}

const char *server_address(const struct server *server)
{
	return server->address;
}

/* Take no more connections. */
static void stop_accepting(struct server *server)
{
	connections_end(&server->connections);
	if (server->is_accepting) {
		server_wake(server);
		pthread_join(server->acceptor, NULL);
		server->is_accepting = false;
	}
	if (server->listening >= 0)
		close(server->listening);
	server->listening = -1;
}

/* Cut off whose time is over, and wait until none is left, or `seconds` are over. */
static void await_end(struct server *server, double seconds)
{
	double until = clock_elapsed() + seconds;
	double left;

	while ((left = until - clock_elapsed()) > 0) {
		look_around(server);
		nudge_all(server);
		if (connections_await(&server->connections, 0, left < 1 ? left : 1) == 0)
			break;
	}
}

size_t server_stop(struct server *server, double seconds)
{
	stop_accepting(server);
	await_end(server, seconds);
	return connections_cut(&server->connections);
}

void server_free(struct server *server)
{
	if (!server)
		return;
	server_stop(server, 0);
	for (size_t i = 0; i < SERVER_THREADS; i++)
		if (server->daemons[i])
			MHD_stop_daemon(server->daemons[i]);
	for (int i = 0; i < 2; i++)
		if (server->wake[i] >= 0)
			close(server->wake[i]);
	linger_release(&server->linger);
	connections_release(&server->connections);
	free(server->address);
	free(server);
}

void server_versions(struct buffer *lines)
{
	buffer_format(lines, "libmicrohttpd %s\n", MHD_get_version());
}
