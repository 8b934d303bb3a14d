#ifndef BASE_FAILURE_H
#define BASE_FAILURE_H

#include <stdbool.h>

struct error;
struct record;

/* A record's member `error`: the failure that travels with it. */

/* Return whether `record` carries a failure, and if so fill `err` with it. Besides what
 * failure_write() writes this reads what a state machine's Catch does, {"Error","Cause"}: its type
 * is Error if that is one of the five, Imgpl.Transient for States.Timeout and Lambda.*, else
 * Imgpl.Internal; its text is Cause's errorMessage, else Cause, else Error. */
bool failure_read(const struct record *record, struct error *err);

/* Set the member to what `tool` says of it. What a terminal would act on is escaped in the reason
 * (utf8_show()). */
void failure_write(struct record *record, const char *tool, const struct error *err);

#endif
