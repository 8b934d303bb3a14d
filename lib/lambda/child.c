#include "lambda/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/program.h"

enum {
	CHUNK = 1 << 16,     /* bytes that are read at once */
	MAX_ROUNDS = 4,	     /* chunks of messages that are read at once */
	EXIT_TEMPORARY = 75, /* EX_TEMPFAIL of sysexits(3) */
};

/* How often to look whether it has ended, and how long it may take when it has closed its output.
 */
static const double look_seconds = 0.001, end_seconds = 0.2;

static void close_end(int *end)
{
	if (*end >= 0)
		close(*end);
	*end = -1;
}

static void close_ends(struct child *child)
{
	close_end(&child->in);
	close_end(&child->out);
	close_end(&child->messages);
}

/* Make three pipes: to standard input, and from standard output and standard error. */
static int make_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++) {
		if (pipe(pipes[i])) {
			while (i-- > 0) {
				close(pipes[i][0]);
				close(pipes[i][1]);
			}
			return -1;
		}
		fcntl(pipes[i][0], F_SETFD, FD_CLOEXEC);
		fcntl(pipes[i][1], F_SETFD, FD_CLOEXEC);
	}
	return 0;
}

static int spawn(struct child *child, const int ends[3])
{
	posix_spawn_file_actions_t descriptors;
	int failure;

	posix_spawn_file_actions_init(&descriptors);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&descriptors, ends[i], i);
	failure = program_start(&child->pid, child->command, &descriptors);
	posix_spawn_file_actions_destroy(&descriptors);
	if (failure)
		child->pid = 0;
	return failure;
}

int child_start(struct child *child, struct error *err)
{
	int *const ours[] = {&child->in, &child->out, &child->messages};
	int pipes[3][2], failure;

	if (make_pipes(pipes))
		return error_internal(err, "%.100s: %s", child->name, strerror(errno));
	failure = spawn(child, (int[]){pipes[0][0], pipes[1][1], pipes[2][1]});
	for (int i = 0; i < 3; i++) {
		*ours[i] = pipes[i][i == 0];
		close(pipes[i][i != 0]);
		fcntl(*ours[i], F_SETFL, O_NONBLOCK);
	}
	child->last[0] = '\0';
	if (!failure)
		return 0;
	close_ends(child);
	return error_internal(err, "%.100s: %s", child->name, strerror(failure));
}

/* Tell the message whose text is complete. It goes on as a string, so a NUL in it becomes a space.
 */
static void tell(struct child *child)
{
	struct buffer *partial = &child->partial;
	char *nul;

	if (!partial->length)
		return;
	while ((nul = memchr(partial->bytes, '\0', partial->length)))
		*nul = ' ';
	snprintf(child->last, sizeof(child->last), "%s", partial->bytes);
	child->message(partial->bytes, child->state);
	buffer_clear(partial);
}

static void take_messages(struct child *child, const char *bytes, size_t length)
{
	struct buffer *partial = &child->partial;

	while (length) {
		const char *newline = memchr(bytes, '\n', length);
		size_t part = newline ? (size_t)(newline - bytes) : length;
		size_t room = CHILD_MAX_MESSAGE - partial->length;

		buffer_append(partial, bytes, part < room ? part : room);
		if (newline)
			tell(child);
		part += newline != NULL;
		bytes += part;
		length -= part;
	}
}

void child_listen(struct child *child)
{
	char bytes[CHUNK];

	for (int i = 0; i < MAX_ROUNDS && child->messages >= 0; i++) {
		ssize_t n = read(child->messages, bytes, sizeof(bytes));

		if (n > 0)
			take_messages(child, bytes, (size_t)n);
		else if (n == 0)
			close_end(&child->messages);
		else if (errno != EINTR)
			break;
	}
}

/* Wait at most so long until it has ended. It stays a zombie, by which its group keeps its number.
 */
static bool has_ended(struct child *child, double seconds)
{
	double until = clock_elapsed() + seconds;

	for (;;) {
		siginfo_t info = {0};

		child_listen(child); /* who can't write can't end */
		if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
			info.si_pid)
			return true;
		if (clock_elapsed() >= until)
			return false;
		clock_sleep(look_seconds);
	}
}

bool child_has_read(const struct child *child)
{
	int unread;

	return ioctl(child->in, FIONREAD, &unread) || !unread;
}

bool child_is_deaf(const struct child *child)
{
	struct pollfd in = {.fd = child->in};

	return poll(&in, 1, 0) > 0;
}

bool child_is_over(struct child *child)
{
	struct pollfd out = {.fd = child->out, .events = POLLIN};

	if (poll(&out, 1, 0) > 0)
		return !(out.revents & POLLIN);
	return has_ended(child, 0);
}

void child_ask(const struct child *child)
{
	if (child->pid)
		kill(-child->pid, SIGTERM);
}

int child_end(struct child *child, double seconds)
{
	int status = 0;

	if (!child->pid)
		return 0;
	has_ended(child, seconds);
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	child->pid = 0;
	child_listen(child);
	tell(child);
	close_ends(child);
	buffer_release(&child->partial);
	return status;
}

int child_failed(struct child *child, struct error *err)
{
	bool by_itself = has_ended(child, end_seconds);
	int status = child_end(child, 0);
	const char *separator = child->last[0] ? ": " : "";

	if (!by_itself)
		return error_internal(err, "%.100s closed its input or output%s%s", child->name,
			separator, child->last);
	if (WIFSIGNALED(status))
		return error_internal(err, "%.100s was ended by signal %d%s%s", child->name,
			WTERMSIG(status), separator, child->last);
	(WEXITSTATUS(status) == EXIT_TEMPORARY ? error_transient : error_internal)(err,
		"%.100s exited with status %d%s%s", child->name, WEXITSTATUS(status), separator,
		child->last);
	return -1;
}
