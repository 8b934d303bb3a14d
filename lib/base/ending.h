#ifndef BASE_ENDING_H
#define BASE_ENDING_H

#include <stdbool.h>

/* Whether the process is about to end, because it was asked to: what is in hand is finished, but
 * nothing that failed is tried again, and nobody waits for better times. */

/* Say that it is. May be called by a signal's handler. */
void ending_begin(void);

/* Return whether it is. */
bool ending(void);

#endif
