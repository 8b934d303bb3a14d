#include "lambda/coprocess.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "lambda/child.h"

/* Bytes of an answer that are read at once. */
enum { CHUNK = 1 << 16 };

/* How often to look whether it has read the space, at first and later; and, while it works, whether
 * it is alive. */
static const double first_look_seconds = 0.00005, look_seconds = 0.001, alive_seconds = 0.1;

/* How long it may take to come for another line; to end, when it is asked to; and to answer and
 * end, when all is to end. */
static const double settle_seconds = 0.25, end_seconds = 0.2, stop_seconds = 1.5;

struct coprocess {
	struct child child;
	int stop;
	size_t max_answer;
};

struct coprocess *coprocess_new(const struct coprocess_settings *settings)
{
	struct coprocess *coprocess = memory_new(1, sizeof(*coprocess));

	coprocess->child.command = settings->command;
	coprocess->child.name = settings->name;
	coprocess->child.message = settings->message;
	coprocess->child.state = settings->state;
	coprocess->stop = settings->stop;
	coprocess->max_answer = settings->max_answer;
	return coprocess;
}

void coprocess_free(struct coprocess *coprocess)
{
	if (!coprocess)
		return;
	child_end(&coprocess->child, 0);
	free(coprocess);
}

int coprocess_start(struct coprocess *coprocess, struct error *err)
{
	return coprocess->child.pid ? 0 : child_start(&coprocess->child, err);
}

int coprocess_messages(const struct coprocess *coprocess)
{
	return coprocess->child.pid ? coprocess->child.messages : -1;
}

void coprocess_listen(struct coprocess *coprocess)
{
	child_listen(&coprocess->child);
}

/* Its input stays open until it has ended: at the input's end it would take the space for a line.
 */
void coprocess_end(struct coprocess *coprocess, double seconds)
{
	child_ask(&coprocess->child);
	child_end(&coprocess->child, seconds);
}

/* Read what nobody asked for. Return whether it is nothing but the spaces ahead of lines, which
 * come back from what copies bytes as they come. */
static bool is_silent(struct coprocess *coprocess)
{
	char bytes[64];
	ssize_t n;

	do {
		n = read(coprocess->child.out, bytes, sizeof(bytes));
		for (ssize_t i = 0; i < n; i++)
			if (bytes[i] != ' ')
				return false;
	} while (n > 0);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Send a space ahead of the next line, and wait at most so long until it is read, by which it is
 * known that the filter waits for a line. Return false if it is over, or has written something,
 * first. */
static bool comes_for_more(struct coprocess *coprocess, double seconds)
{
	struct pollfd stop = {.fd = coprocess->stop, .events = POLLIN};
	double until = clock_elapsed() + seconds, pause = first_look_seconds;
	bool is_open = write(coprocess->child.in, " ", 1) == 1;

	for (;;) {
		/* Whether it was read first: what is written before that is there then. */
		bool was_read = is_open && child_has_read(&coprocess->child);

		if (!is_silent(coprocess) || (!was_read && child_is_over(&coprocess->child)))
			return false;
		if (was_read || poll(&stop, 1, 0) > 0 || clock_elapsed() >= until)
			return true;
		clock_sleep(pause);
		pause = fmin(2 * pause, look_seconds);
	}
}

int coprocess_ready(struct coprocess *coprocess, double seconds, struct error *err)
{
	if (comes_for_more(coprocess, seconds) || !child_is_over(&coprocess->child))
		return 0;
	return child_failed(&coprocess->child, err);
}

static int wrote_more(const struct coprocess *coprocess, struct error *err)
{
	return error_internal(err, "%.100s wrote more than one line", coprocess->child.name);
}

bool coprocess_is_well(struct coprocess *coprocess, struct error *err)
{
	bool silent;

	if (!coprocess->child.pid)
		return false;
	silent = is_silent(coprocess);
	if (child_is_over(&coprocess->child) || child_is_deaf(&coprocess->child))
		child_failed(&coprocess->child, err);
	else if (!silent)
		wrote_more(coprocess, err);
	else
		return true;
	coprocess_end(coprocess, end_seconds);
	return false;
}

/* A line that is being answered. */
struct question {
	const char *rest; /* what is still to be written, newline and all */
	size_t left;
	struct buffer *answer;
	double ask_at, kill_at; /* when to send which signal, on the clock of clock_elapsed() */
	bool asked, stopped;
};

/* Write some of the line. Return 0, or -1 if nobody is going to read it. */
static int write_some(struct coprocess *coprocess, struct question *question)
{
	ssize_t n = write(coprocess->child.in, question->rest, question->left);

	if (n > 0) {
		question->rest += n;
		question->left -= (size_t)n;
	}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

/* Read some of the answer. Return 1 if the line's end has come, 0 if not yet, -1 at the end of the
 * output. */
static int read_some(struct coprocess *coprocess, struct question *question)
{
	struct buffer *answer = question->answer;
	ssize_t n;

	buffer_reserve(answer, CHUNK);
	n = read(coprocess->child.out, answer->bytes + answer->length, CHUNK);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	answer->length += (size_t)n;
	answer->bytes[answer->length] = '\0';
	return memchr(answer->bytes + answer->length - n, '\n', (size_t)n) != NULL;
}

/* Ask it to end, since time runs out or all is to end. */
static void ask_to_end(struct coprocess *coprocess, struct question *question)
{
	if (!question->asked)
		child_ask(&coprocess->child);
	question->asked = true;
}

static int too_late(
	const struct coprocess *coprocess, const struct question *question, struct error *err)
{
	if (question->stopped)
		return error_transient(err, "%.100s: stopped by a signal", coprocess->child.name);
	return error_transient(
		err, "%.100s: timed out: no answer before the deadline", coprocess->child.name);
}

static int too_long(const struct coprocess *coprocess, struct error *err)
{
	return error_limit(err, "%.100s: an answer of more than %zu bytes", coprocess->child.name,
		coprocess->max_answer);
}

/* Wait until something can be done, or has to be. Return -1 when time is over. */
static int wait_for_any(
	struct coprocess *coprocess, struct question *question, struct pollfd fds[4])
{
	double now = clock_elapsed(), wake;

	if (now >= question->kill_at)
		return -1;
	if (now >= question->ask_at)
		ask_to_end(coprocess, question);
	wake = question->asked ? question->kill_at : question->ask_at;
	fds[0] =
		(struct pollfd){.fd = question->left ? coprocess->child.in : -1, .events = POLLOUT};
	fds[1] = (struct pollfd){.fd = coprocess->child.out, .events = POLLIN};
	fds[2] = (struct pollfd){.fd = coprocess->child.messages, .events = POLLIN};
	fds[3] = (struct pollfd){.fd = question->stopped ? -1 : coprocess->stop, .events = POLLIN};
	if (poll(fds, 4, (int)(fmin(wake - now, alive_seconds) * 1000) + 1) < 0)
		memset(fds, 0, 4 * sizeof(*fds)); /* a signal came: its descriptor will tell */
	if (fds[3].revents) {
		question->stopped = true;
		question->kill_at = fmin(question->kill_at, clock_elapsed() + stop_seconds);
		ask_to_end(coprocess, question);
	}
	return 0;
}

/* Write the line and read until the answer's newline has come. */
static int converse(struct coprocess *coprocess, struct question *question, struct error *err)
{
	struct buffer *answer = question->answer;
	struct pollfd fds[4];
	int came = 0;

	while (!came) {
		if (wait_for_any(coprocess, question, fds))
			return too_late(coprocess, question, err);
		if (fds[2].revents)
			coprocess_listen(coprocess);
		if (fds[0].revents)
			came = write_some(coprocess, question);
		if (!came && fds[1].revents)
			came = read_some(coprocess, question);
		if (!came && !fds[1].revents && child_is_over(&coprocess->child))
			came = -1;
		if (came <= 0 && answer->length > coprocess->max_answer)
			return too_long(coprocess, err);
	}
	if (came > 0)
		return 0;
	return question->asked ? too_late(coprocess, question, err)
			       : child_failed(&coprocess->child, err);
}

/* Return what is left of the time for an answer, but no more than `seconds`. */
static double time_left(const struct question *question, double seconds)
{
	return fmin(seconds, question->kill_at - clock_elapsed());
}

/* Cut the newline off the answer; -1 with `err` filled if that isn't its end, or it came too soon,
 * or is too long. */
static int check_answer(
	struct coprocess *coprocess, const struct question *question, struct error *err)
{
	struct buffer *answer = question->answer;
	const char *newline = memchr(answer->bytes, '\n', answer->length);

	if (newline != answer->bytes + answer->length - 1)
		return wrote_more(coprocess, err);
	if (question->left || !child_has_read(&coprocess->child))
		return error_internal(
			err, "%.100s answered before it had read the line", coprocess->child.name);
	answer->bytes[--answer->length] = '\0';
	buffer_replace(answer, 0, strspn(answer->bytes, " "), NULL, 0); /* comes_for_more()'s */
	if (answer->length > coprocess->max_answer)
		return too_long(coprocess, err);
	if (comes_for_more(coprocess, time_left(question, settle_seconds)) ||
		child_is_over(&coprocess->child))
		return 0;
	return wrote_more(coprocess, err);
}

int coprocess_ask(struct coprocess *coprocess, const struct buffer *line, double seconds,
	struct buffer *answer, struct error *err)
{
	struct question question = {.rest = line->bytes,
		.left = line->length,
		.answer = answer,
		.ask_at = INFINITY,
		.kill_at = INFINITY};
	int rc;

	if (seconds > 0) {
		question.kill_at = clock_elapsed() + seconds;
		question.ask_at = question.kill_at - fmin(seconds / 4, end_seconds);
	}
	buffer_clear(answer);
	coprocess->child.last[0] = '\0';
	rc = converse(coprocess, &question, err);
	if (rc == 0)
		rc = check_answer(coprocess, &question, err);
	coprocess_listen(coprocess);
	if (rc || question.asked)
		coprocess_end(coprocess, time_left(&question, end_seconds));
	return rc;
}
