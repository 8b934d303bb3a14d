#include "lambda/lambda.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "lambda/coprocess.h"
#include "lambda/invocation.h"
#include "lambda/log.h"
#include "lambda/runtime.h"

/* How long a filter may take to be ready (Lambda gives a function 10 s for that), and to end. */
static const double ready_seconds = 5, end_seconds = 1;

/* What is kept of the time that an event has, to tell that it was too short: a tenth, within these.
 */
static const double min_margin = 0.05, max_margin = 1;

struct lambda {
	const struct lambda_settings *settings;
	const char *filter; /* the name of its program */
	struct runtime *runtime;
	struct coprocess *coprocess;
	const char *id; /* of the event at work, or NULL */
	bool idle;	/* nothing is at work: all may end at once */
	bool broken;	/* the filter's answer was none: it is not to be asked again */
	struct invocation invocation;
	struct buffer answer;
};

static bool is_stopped(const struct lambda *lambda)
{
	struct pollfd stop = {.fd = lambda->settings->stop, .events = POLLIN};

	return poll(&stop, 1, 0) > 0;
}

static void tell(
	const struct lambda *lambda, enum log_level level, const char *tool, const char *message)
{
	struct buffer line = {0};

	log_line(&line, clock_machine_ms(), level, lambda->id, tool, message);
	lambda->settings->write(line.bytes, line.length);
	buffer_release(&line);
}

/* The filter has said something on standard error; without -v that is of failures. */
static void hear(const char *text, void *state)
{
	const struct lambda *lambda = state;

	tell(lambda, is_stopped(lambda) ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, lambda->filter, text);
}

/* Wait for the API, and hear what the filter says meanwhile. */
static int wait_for_api(int descriptor, short events, void *state)
{
	struct lambda *lambda = state;

	for (;;) {
		struct pollfd fds[] = {{.fd = descriptor, .events = events},
			{.fd = coprocess_messages(lambda->coprocess), .events = POLLIN},
			{.fd = lambda->idle ? lambda->settings->stop : -1, .events = POLLIN}};

		if (poll(fds, 3, -1) < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (fds[2].revents)
			return -1;
		if (fds[1].revents)
			coprocess_listen(lambda->coprocess);
		if (fds[0].revents)
			return 0;
	}
}

/* Work out how long the filter may take for an event; 0 is for ever, where the deadline isn't told
 * or, as with some emulators, is past before it begins. */
static double find_patience(int64_t deadline_ms)
{
	double left = (double)(deadline_ms - clock_machine_ms()) / 1000;
	double margin = left / 10;

	if (left <= 0)
		return 0;
	margin = margin < min_margin ? min_margin : margin > max_margin ? max_margin : margin;
	return left > 2 * margin ? left - margin : left / 2;
}

/* Make sure that there is a filter, and that it has nothing left to say of earlier events. */
static int refresh(struct lambda *lambda, struct error *err)
{
	struct error why = {0};

	if (!coprocess_is_well(lambda->coprocess, &why) && why.text[0])
		tell(lambda, LOG_LEVEL_ERROR, lambda->settings->tool, why.text);
	return coprocess_start(lambda->coprocess, err);
}

/* Work on an event: make the answer, or fill `err` and return -1. What is our own finding goes into
 * the log, too; of what the filter finds, it has told already. */
static int work(struct lambda *lambda, const struct runtime_event *event, struct error *err)
{
	bool answered = invocation_begin(&lambda->invocation, event->text, err) == 0 &&
		refresh(lambda, err) == 0 &&
		coprocess_ask(lambda->coprocess, &lambda->invocation.line,
			find_patience(event->deadline_ms), &lambda->answer, err) == 0;
	int rc = -1;

	if (answered)
		rc = invocation_end(&lambda->invocation, &lambda->answer, &lambda->broken, err);
	if (rc && (!answered || lambda->broken))
		tell(lambda, LOG_LEVEL_ERROR, lambda->settings->tool, err->text);
	return rc;
}

/* Have a filter for the next event. If it can't be started, that is told when there is one. */
static void replace(struct lambda *lambda)
{
	struct error err = {0};

	if (lambda->broken)
		coprocess_end(lambda->coprocess, end_seconds);
	lambda->broken = false;
	if (!is_stopped(lambda))
		coprocess_start(lambda->coprocess, &err);
}

/* Tell the API what came of an event: the answer, unless there is a failure. */
static int respond(
	struct lambda *lambda, const char *id, const struct error *failure, struct error *err)
{
	struct error late = {0};

	if (failure)
		return runtime_fail(lambda->runtime, id, failure, err);
	if (runtime_answer(lambda->runtime, id, &lambda->answer, &late) == 0)
		return 0;
	if (late.type == ERROR_LIMIT) {
		tell(lambda, LOG_LEVEL_ERROR, lambda->settings->tool, late.text);
		return runtime_fail(lambda->runtime, id, &late, err);
	}
	*err = late;
	return -1;
}

/* Wait for an event, and work on it. */
static int serve(struct lambda *lambda, struct error *err)
{
	struct runtime_event event;
	struct error failure = {0};
	int rc;

	lambda->idle = true;
	rc = runtime_next(lambda->runtime, &event, err);
	lambda->idle = false;
	if (rc && (err->type != ERROR_LIMIT || !event.id[0]))
		return -1;
	lambda->id = event.id;
	if (rc) {
		failure = *err;
		tell(lambda, LOG_LEVEL_ERROR, lambda->settings->tool, failure.text);
	} else {
		rc = work(lambda, &event, &failure);
	}
	*err = (struct error){0};
	rc = respond(lambda, event.id, rc ? &failure : NULL, err);
	replace(lambda);
	lambda->id = NULL;
	return rc;
}

/* Start the filter, or tell the API why that can't be. */
static int begin(struct lambda *lambda, struct error *err)
{
	struct error untold = {0};

	if (coprocess_start(lambda->coprocess, err) == 0 &&
		coprocess_ready(lambda->coprocess, ready_seconds, err) == 0)
		return 0;
	if (runtime_fail(lambda->runtime, NULL, err, &untold))
		tell(lambda, LOG_LEVEL_ERROR, lambda->settings->tool, untold.text);
	return -1;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int lambda_check_api(const char *address, struct error *err)
{
	return wire_is_address(address) ? 0 : error_invalid(err, "HOST:PORT");
}

int lambda_run(const struct lambda_settings *settings)
{
	struct lambda lambda = {.settings = settings, .filter = name_of(settings->command[0])};
	const struct coprocess_settings filter = {.command = settings->command,
		.name = lambda.filter,
		.stop = settings->stop,
		.max_answer = RUNTIME_MAX_BYTES,
		.message = hear,
		.state = &lambda};
	struct error err = {0};
	int rc;

	lambda.runtime = runtime_new(settings->api, wait_for_api, &lambda);
	lambda.coprocess = coprocess_new(&filter);
	rc = begin(&lambda, &err);
	while (rc == 0 && !is_stopped(&lambda))
		rc = serve(&lambda, &err);
	if (is_stopped(&lambda))
		rc = 0;
	if (rc)
		tell(&lambda, LOG_LEVEL_ERROR, settings->tool, err.text);
	coprocess_end(lambda.coprocess, end_seconds);
	coprocess_free(lambda.coprocess);
	runtime_free(lambda.runtime);
	invocation_release(&lambda.invocation);
	buffer_release(&lambda.answer);
	return rc;
}
