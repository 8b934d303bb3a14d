#include "serve/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "serve/notice.h"
#include "store/row.h"

/* How long to wait, in seconds, when the table couldn't be read. */
enum { RETRY_SECONDS = 1 };

/* As much as a pipe takes at once, or not at all (POSIX, PIPE_BUF is at least 512): when poll()
 * says that there is room, that much can be written without waiting. Linux has 4096, and every line
 * is shorter. */
enum { AT_ONCE = 4096 };

struct outbox {
	struct outbox_settings settings;
	int wake[2]; /* a pipe; a byte in it ends the thread's wait */
	pthread_t thread;
	bool running;

	/* The thread's own. */
	struct buffer sending;
	size_t sent;
	struct buffer told; /* the sequencer up to which lines were taken to be sent */
	struct backlog *backlog;
	double retry_at;

	pthread_mutex_t lock; /* held by whoever uses what follows */
	struct buffer waiting;
	struct buffer waiting_to; /* the sequencer of its last line */
	struct buffer newest;	  /* the sequencer of what was added last */
	bool behind; /* what is after `waiting`, up to `newest`, is in the table alone */
	bool finishing, all_told;
	double deadline; /* by clock_elapsed(), if it is finishing */
};

static void replace(struct buffer *text, const char *with)
{
	buffer_clear(text);
	buffer_text(text, with);
}

/* Catch up with what was added when there was no room. */
static void catch_up(struct outbox *outbox)
{
	struct error err = {0};
	char *newest;

	pthread_mutex_lock(&outbox->lock);
	newest = memory_copy(outbox->newest.bytes);
	pthread_mutex_unlock(&outbox->lock);
	if (backlog_read(outbox->backlog, &outbox->told, newest, &outbox->sending, &err)) {
		outbox->retry_at = clock_elapsed() + RETRY_SECONDS;
		outbox->settings.complain(&err, outbox->settings.state);
	}
	pthread_mutex_lock(&outbox->lock);
	if (strcmp(outbox->told.bytes, outbox->newest.bytes) == 0)
		outbox->behind = false;
	pthread_mutex_unlock(&outbox->lock);
	free(newest);
}

/* Take what is to be sent next. Return whether there is something. */
static bool take(struct outbox *outbox)
{
	bool behind;

	if (outbox->sent < outbox->sending.length)
		return true;
	buffer_clear(&outbox->sending);
	outbox->sent = 0;
	pthread_mutex_lock(&outbox->lock);
	if (outbox->waiting.length) {
		struct buffer empty = outbox->sending;

		outbox->sending = outbox->waiting;
		outbox->waiting = empty;
		replace(&outbox->told, outbox->waiting_to.bytes);
	}
	behind = outbox->behind && !outbox->sending.length;
	pthread_mutex_unlock(&outbox->lock);
	if (behind && clock_elapsed() >= outbox->retry_at)
		catch_up(outbox);
	return outbox->sending.length > 0;
}

/* Return how much of what is to be sent goes at once: whole lines, so that whoever is killed leaves
 * no half of one in a pipe. */
static size_t piece(const struct outbox *outbox)
{
	const char *start = outbox->sending.bytes + outbox->sent;
	size_t left = outbox->sending.length - outbox->sent, length = left;

	if (left <= AT_ONCE)
		return left;
	for (length = AT_ONCE; length > 0 && start[length - 1] != '\n';)
		length--;
	return length ? length : AT_ONCE;
}

static int send_piece(struct outbox *outbox, struct error *err)
{
	ssize_t n =
		write(outbox->settings.file, outbox->sending.bytes + outbox->sent, piece(outbox));

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return error_errno(err, "writing events");
	outbox->sent += n > 0 ? (size_t)n : 0;
	return 0;
}

/* What else patience() may return; the first is what poll() takes for it. */
enum { FOR_EVER = -1, OVER = -2 };

/* Return how long to wait for something to do, in milliseconds. */
static int patience(struct outbox *outbox, bool more)
{
	double now = clock_elapsed(), until = 0;
	bool waits_for_table, over;

	pthread_mutex_lock(&outbox->lock);
	waits_for_table = !more && outbox->behind;
	outbox->all_told = !more && !outbox->behind && !outbox->waiting.length;
	over = outbox->finishing && (outbox->all_told || now >= outbox->deadline);
	if (outbox->finishing)
		until = outbox->deadline;
	pthread_mutex_unlock(&outbox->lock);
	if (over)
		return OVER;
	if (waits_for_table && (until == 0 || outbox->retry_at < until))
		until = outbox->retry_at;
	else if (until == 0)
		return FOR_EVER;
	return until <= now ? 0 : (int)((until - now) * 1000) + 1;
}

/* Wait until there is something to do, and send if there is room. */
static int work(struct outbox *outbox, bool more, int milliseconds, struct error *err)
{
	struct pollfd files[2] = {
		{.fd = outbox->settings.file, .events = more ? POLLOUT : 0},
		{.fd = outbox->wake[0], .events = POLLIN},
	};
	char bytes[64];

	if (poll(files, 2, milliseconds) < 0)
		return errno == EINTR ? 0 : error_errno(err, "waiting for the reader of events");
	if (files[1].revents)
		while (read(outbox->wake[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
			;
	if (files[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		return error_internal(err, "nobody reads the events any more");
	return files[0].revents & POLLOUT ? send_piece(outbox, err) : 0;
}

static void *run(void *state)
{
	struct outbox *outbox = state;
	struct error err = {0};
	sigset_t pipe_signal;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE); /* write() tells it, too */
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	for (;;) {
		bool more = take(outbox);
		int milliseconds = patience(outbox, more);

		if (milliseconds == OVER)
			break;
		if (work(outbox, more, milliseconds, &err)) {
			outbox->settings.closed(&err, outbox->settings.state);
			break;
		}
	}
	return NULL;
}

static void wake(const struct outbox *outbox)
{
	ssize_t n;

	do
		n = write(outbox->wake[1], "", 1);
	while (n < 0 && errno == EINTR); /* if the pipe is full, it will wake anyway */
}

static int open_wake(struct outbox *outbox, struct error *err)
{
	if (pipe(outbox->wake))
		return error_errno(err, "a pipe");
	for (int i = 0; i < 2; i++)
		if (fcntl(outbox->wake[i], F_SETFL, O_NONBLOCK) ||
			fcntl(outbox->wake[i], F_SETFD, FD_CLOEXEC))
			return error_errno(err, "a pipe");
	return 0;
}

struct outbox *outbox_open(
	const struct outbox_settings *settings, const char *newest, struct error *err)
{
	struct outbox *outbox = memory_new(1, sizeof(*outbox));

	outbox->settings = *settings;
	outbox->wake[0] = outbox->wake[1] = -1;
	outbox->backlog = backlog_new(&settings->backlog);
	buffer_text(&outbox->told, "");
	buffer_text(&outbox->newest, newest);
	outbox->behind = *newest;
	pthread_mutex_init(&outbox->lock, NULL);
	if (open_wake(outbox, err))
		goto failed;
	errno = pthread_create(&outbox->thread, NULL, run, outbox);
	if (errno) {
		error_errno(err, "a thread");
		goto failed;
	}
	outbox->running = true;
	return outbox;
failed:
	outbox_free(outbox);
	return NULL;
}

void outbox_add(struct outbox *outbox, const struct row *row)
{
	struct buffer line = {0};

	notice_line(&line, row, outbox->settings.backlog.region);
	pthread_mutex_lock(&outbox->lock);
	replace(&outbox->newest, row->sequencer);
	if (outbox->waiting.length + line.length > outbox->settings.max_waiting)
		outbox->behind = true;
	if (!outbox->behind) {
		buffer_append(&outbox->waiting, line.bytes, line.length);
		replace(&outbox->waiting_to, row->sequencer);
	}
	pthread_mutex_unlock(&outbox->lock);
	buffer_release(&line);
	wake(outbox);
}

bool outbox_finish(struct outbox *outbox, double seconds)
{
	if (outbox->running) {
		pthread_mutex_lock(&outbox->lock);
		outbox->finishing = true;
		outbox->deadline = clock_elapsed() + seconds;
		pthread_mutex_unlock(&outbox->lock);
		wake(outbox);
		pthread_join(outbox->thread, NULL);
		outbox->running = false;
	}
	return outbox->all_told;
}

void outbox_free(struct outbox *outbox)
{
	if (!outbox)
		return;
	outbox_finish(outbox, 0);
	for (int i = 0; i < 2; i++)
		if (outbox->wake[i] >= 0)
			close(outbox->wake[i]);
	pthread_mutex_destroy(&outbox->lock);
	buffer_release(&outbox->sending);
	buffer_release(&outbox->told);
	buffer_release(&outbox->waiting);
	buffer_release(&outbox->waiting_to);
	buffer_release(&outbox->newest);
	backlog_free(outbox->backlog);
	free(outbox);
}
