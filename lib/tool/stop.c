#include "tool/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/ending.h"
#include "tool/report.h"

static volatile sig_atomic_t caught;
static int wake[2] = {-1, -1};

void stop_input(void)
{
	ssize_t written = write(wake[1], "", 1);

	(void)written; /* a full pipe is readable already */
}

static void on_signal(int number)
{
	int saved = errno;

	caught = number;
	ending_begin();
	signal(SIGINT, SIG_DFL); /* the second ends at once, whichever it is */
	signal(SIGTERM, SIG_DFL);
	stop_input();
	errno = saved;
}

void stop_listen(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction now;

	if (pipe(wake))
		report_misuse("a pipe: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		fcntl(wake[i], F_SETFD, FD_CLOEXEC);
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	}
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, no more */
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < 2; i++) {
		int number = i ? SIGTERM : SIGINT;

		/* A shell starts background jobs with SIGINT ignored; that stands. */
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(number, &action, NULL);
	}
}

int stop_signal(void)
{
	return caught;
}

int stop_descriptor(void)
{
	return wake[0];
}

void stop_end(void)
{
	signal(caught, SIG_DFL);
	raise(caught);
	_exit(128 + caught);
}
