#include "serve/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Read digits; one number is as good as another that is past the end of any file. Return whether
 * there are any. */
static bool read_number(const char **at, uint64_t *number)
{
	const char *start = *at;

	for (*number = 0; **at >= '0' && **at <= '9'; ++*at)
		if (*number < UINT64_MAX / 20)
			*number = *number * 10 + (uint64_t)(**at - '0');
	return *at > start;
}

enum range range_read(const char *header, uint64_t bytes, uint64_t *first, uint64_t *count)
{
	uint64_t from = 0, to = UINT64_MAX;
	bool has_from, has_to;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return RANGE_ALL;
	header += 6;
	has_from = read_number(&header, &from);
	if (*header++ != '-')
		return RANGE_ALL;
	has_to = read_number(&header, &to);
	if (*header || (!has_from && !has_to) || (has_from && has_to && to < from))
		return RANGE_ALL;
	if (!has_from) { /* so many at the end */
		from = to < bytes ? bytes - to : 0;
		to = bytes;
	}
	if (from >= bytes)
		return RANGE_NONE;
	if (!has_to || to >= bytes)
		to = bytes - 1;
	*first = from;
	*count = to - from + 1;
	return RANGE_PART;
}
