#ifndef MACHINE_STATE_MACHINE_H
#define MACHINE_STATE_MACHINE_H

#include <stdbool.h>

struct buffer;
struct error;
struct state_machine;

/*
 * A state machine of AWS Step Functions, of the standard kind: the express kind knows no
 * duplicates.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */

enum { STATE_MACHINE_MAX_INPUT = 256 * 1024 };

/* Return 0 if `arn` is the name of a state machine, of a version or of an alias of one:
 * "arn:aws:states:REGION:ACCOUNT:stateMachine:NAME" or "...:NAME:VERSION"; else -1 with `err`
 * saying what is wanted instead. */
int state_machine_check(const char *arn, struct error *err);

/* Append the name that the state machine's execution `name` has in all of AWS:
 * "arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME". `arn` was checked. */
void state_machine_execution(const char *arn, const char *name, struct buffer *execution);

/* Open a client for the state machine `arn`, which was checked, in the region that it names. May be
 * used from many threads. NULL with `err` filled as aws_open() does. Free with
 * state_machine_free(), which takes NULL. */
struct state_machine *state_machine_open(const char *arn, struct error *err);
void state_machine_free(struct state_machine *machine);

/* Start the execution `name` with `input`, JSON text of at most STATE_MACHINE_MAX_INPUT bytes, and
 * append what Step Functions calls it to `execution`. If there was one of that name within the last
 * 90 days nothing is started, `duplicate` is set, and `execution` left as it is: but one that still
 * runs, with the same input, is told as if this call had started it. */
int state_machine_start(struct state_machine *machine, const char *name, const char *input,
	struct buffer *execution, bool *duplicate, struct error *err);

#endif
