#ifndef TOOL_STOP_H
#define TOOL_STOP_H

/* SIGINT and SIGTERM: the record in hand is finished, then the tool ends. A second signal ends it
 * at once. */

/* Begin to listen for the signals. */
void stop_listen(void);

/* Return the signal that came, or 0. */
int stop_signal(void);

/* Return a descriptor that becomes readable when a signal comes, or after stop_input(), for
 * poll(2). */
int stop_descriptor(void);

/* Let nobody wait for input any longer. */
void stop_input(void);

/* End the process by the signal that came, so that whoever started it sees that. */
void stop_end(void) __attribute__((noreturn));

#endif
