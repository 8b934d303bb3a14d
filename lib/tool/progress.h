#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* How far a run is, on stderr: a line on a terminal, or an object a line. One thread at a time. */

/* Set when to tell: "auto" (on a terminal, after 2 s), "always", "never" or "json". -1 if it is
 * none of them. */
int progress_mode(const char *name);

/* Return whether anything will be told, so that a total is worth counting. */
int progress_wanted(void);

/* Begin a run of `total` records, 0 if that isn't known. */
void progress_begin(size_t total);

/* Add records, how many of them failed, and the bytes of the pictures they name. */
void progress_add(size_t done, size_t failed, uint64_t bytes);

/* Take the line away; a last object tells the sums. */
void progress_end(void);

#endif
