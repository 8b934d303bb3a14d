#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Times that reach the output, as whole seconds since 1970-01-01T00:00:00Z. */

/* Return the time: what clock_fix() said, else what the machine's clock says. */
int64_t clock_now(void);

/* Return what the machine's clock says, whatever clock_fix() said: for what others check against
 * their own clock. */
int64_t clock_machine(void);

/* Return the same in milliseconds. */
int64_t clock_machine_ms(void);

/* Stop the clock at `seconds`, so that the same input gives the same output. */
void clock_fix(int64_t seconds);

/* Return seconds since some fixed point; never goes back, never stops. */
double clock_elapsed(void);

/* Sleep for `seconds`, or until a signal comes. */
void clock_sleep(double seconds);

/* Write `seconds` as RFC 3339 does, "2026-01-02T03:04:05Z"; a time before the year 0 or after 9999,
 * which it cannot, as the nearest that it can. */
enum { CLOCK_TEXT = 32 };
void clock_format(int64_t seconds, char text[CLOCK_TEXT]);

/* The same of milliseconds, "2026-01-02T03:04:05.678Z". */
void clock_format_ms(int64_t milliseconds, char text[CLOCK_TEXT]);

/* Read RFC 3339 ("2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00"; a fraction is dropped), a day
 * ("2026-01-02"), or seconds since 1970 ("1767323045", "@1767323045"). Return -1 if `text` is none
 * of them. */
int clock_parse(const char *text, int64_t *seconds);

#endif
