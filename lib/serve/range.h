#ifndef SERVE_RANGE_H
#define SERVE_RANGE_H

#include <stdint.h>

/* Which bytes of a file a request asks for: https://www.rfc-editor.org/rfc/rfc9110#name-range */

enum range {
	RANGE_ALL,  /* all, also where that isn't what was asked for, as a server may have it */
	RANGE_PART, /* some */
	RANGE_NONE, /* none that are there */
};

/* Read the value of a header Range, or NULL, for a file of `bytes`. For RANGE_PART set `first`, and
 * `count`, which is at least 1. Several ranges, and what can't be read, are RANGE_ALL. */
enum range range_read(const char *header, uint64_t bytes, uint64_t *first, uint64_t *count);

#endif
