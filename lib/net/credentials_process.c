#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/program.h"
#include "net/credentials_source.h"
#include "net/secret.h"

/* How often to look whether a command has ended. */
static const double look_seconds = 0.01;

static const char who[] = "credential_process";

/* A command at work. */
struct process {
	pid_t pid; /* of the shell, and of the group that it begins */
	int output;
	double max_seconds, deadline;
};

/* Run the command with `output` for its standard output, and no input: ours is records. */
static int spawn(pid_t *pid, const char *command, int output)
{
	char *const arguments[] = {
		(char[]){"/bin/sh"}, (char[]){"-c"}, (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t descriptors;
	int failure;

	posix_spawn_file_actions_init(&descriptors);
	posix_spawn_file_actions_addopen(&descriptors, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&descriptors, output, STDOUT_FILENO);
	failure = program_start(pid, arguments, &descriptors);
	posix_spawn_file_actions_destroy(&descriptors);
	return failure;
}

static int start(struct process *process, const char *command, struct error *err)
{
	int ends[2], failure;

	if (pipe(ends))
		return error_errno(err, who);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	failure = spawn(&process->pid, command, ends[1]);
	close(ends[1]);
	process->output = ends[0];
	process->deadline = clock_elapsed() + process->max_seconds;
	if (!failure)
		return 0;
	close(ends[0]);
	errno = failure;
	return error_errno(err, who);
}

static int too_long(const struct process *process, struct error *err)
{
	return error_internal(err, "%s: took longer than %.0f s", who, process->max_seconds);
}

/* Wait until there is something to be read. */
static int wait_for_output(const struct process *process, struct error *err)
{
	struct pollfd output = {.fd = process->output, .events = POLLIN};
	double left;
	int ready;

	do {
		left = process->deadline - clock_elapsed();
		ready = left > 0 ? poll(&output, 1, (int)(left * 1000) + 1) : 0;
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return error_errno(err, who);
	return ready ? 0 : too_long(process, err);
}

static int read_output(const struct process *process, struct buffer *text, struct error *err)
{
	ssize_t n;

	buffer_reserve(text, CREDENTIALS_MAX_ANSWER);
	do {
		if (wait_for_output(process, err))
			return -1;
		n = read(process->output, text->bytes + text->length,
			CREDENTIALS_MAX_ANSWER - text->length);
		text->length += n > 0 ? (size_t)n : 0;
	} while ((n > 0 && text->length < CREDENTIALS_MAX_ANSWER) || (n < 0 && errno == EINTR));
	text->bytes[text->length] = '\0';
	if (n < 0)
		return error_errno(err, who);
	if (text->length == CREDENTIALS_MAX_ANSWER)
		return error_internal(
			err, "%s: prints more than %d bytes", who, CREDENTIALS_MAX_ANSWER - 1);
	return 0;
}

/* Wait for the end of a command that has closed its output. */
static int wait_for_end(struct process *process, struct error *err)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(process->pid, &status, WNOHANG)) == 0 ||
		(ended < 0 && errno == EINTR)) {
		if (clock_elapsed() > process->deadline)
			return too_long(process, err);
		clock_sleep(look_seconds);
	}
	process->pid = 0;
	if (WIFSIGNALED(status))
		return error_internal(err, "%s: was ended by signal %d", who, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_internal(err, "%s: exited with status %d", who, WEXITSTATUS(status));
	return 0;
}

static void stop(struct process *process)
{
	close(process->output);
	if (!process->pid)
		return;
	kill(-process->pid, SIGKILL);
	while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int credentials_process(
	const char *command, double max_seconds, struct credentials_keys *keys, struct error *err)
{
	struct buffer text = {0};
	struct process process = {.max_seconds = max_seconds};
	int rc = -1;

	if (start(&process, command, err))
		return -1;
	if (read_output(&process, &text, err) == 0 && wait_for_end(&process, err) == 0)
		rc = credentials_read(&text, true, keys, who, err);
	stop(&process);
	secret_release(&text);
	return rc;
}
