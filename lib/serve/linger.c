#include "serve/linger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So much is read of a socket before it is the next one's turn. */
enum { PIECE = 64 << 10 };

void linger_init(struct linger_sockets *linger)
{
	*linger = (struct linger_sockets){0};
	pthread_mutex_init(&linger->lock, NULL);
}

static void forget(struct linger_sockets *linger, size_t index)
{
	close(linger->each[index].fd);
	linger->count--;
	memmove(&linger->each[index], &linger->each[index + 1],
		(linger->count - index) * sizeof(linger->each[0]));
}

void linger_release(struct linger_sockets *linger)
{
	while (linger->count > 0)
		forget(linger, linger->count - 1);
	pthread_mutex_destroy(&linger->lock);
}

void linger_add(struct linger_sockets *linger, int fd, double now)
{
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (kept < 0)
		return;
	shutdown(kept, SHUT_WR);
	pthread_mutex_lock(&linger->lock);
	if (linger->count == LINGER_MOST)
		forget(linger, 0);
	linger->each[linger->count].fd = kept;
	linger->each[linger->count++].until = now + LINGER_SECONDS;
	pthread_mutex_unlock(&linger->lock);
}

size_t linger_poll(struct linger_sockets *linger, struct pollfd polled[LINGER_MOST])
{
	size_t count;

	pthread_mutex_lock(&linger->lock);
	count = linger->count;
	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){.fd = linger->each[i].fd, .events = POLLIN};
	pthread_mutex_unlock(&linger->lock);
	return count;
}

/* Read and throw away. Return whether more may come. */
static bool discard(int fd)
{
	char piece[PIECE];
	ssize_t got = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);

	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void linger_read(struct linger_sockets *linger, double now)
{
	pthread_mutex_lock(&linger->lock);
	for (size_t i = linger->count; i-- > 0;)
		if (now > linger->each[i].until || !discard(linger->each[i].fd))
			forget(linger, i);
	pthread_mutex_unlock(&linger->lock);
}
