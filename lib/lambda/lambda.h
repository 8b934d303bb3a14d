#ifndef LAMBDA_LAMBDA_H
#define LAMBDA_LAMBDA_H

#include <stddef.h>

struct error;

/* A function of AWS Lambda that is a filter: events come from the Runtime API (runtime.h) and are
 * lines for a filter that is kept running (coprocess.h). */

struct lambda_settings {
	const char *api;      /* the address of the Runtime API */
	char *const *command; /* the filter's, up to NULL */
	const char *tool;     /* whose messages are not the filter's */
	int stop;	      /* a descriptor that can be read once all is to end */
	void (*write)(const char *bytes, size_t length); /* to the log */
};

/* Check that `address` can be one of a Runtime API; -1 with `err` filled, Imgpl.Invalid, if not. */
int lambda_check_api(const char *address, struct error *err);

/* Start the filter, and work on events one after another. Return 0 once all is to end, after the
 * event in hand, which has 1.5 s for that; or -1, for which the log has the reason, if the function
 * can't start, which the API was told, or the API can't be reached or refuses what it is told. The
 * caller ignores SIGPIPE. */
int lambda_run(const struct lambda_settings *settings);

#endif
