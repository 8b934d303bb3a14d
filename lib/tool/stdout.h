#ifndef TOOL_STDOUT_H
#define TOOL_STDOUT_H

#include <stddef.h>

/* Write all of `length` bytes to stdout, however slow its reader is; -1 if that failed, which was
 * reported. */
int stdout_write(const char *bytes, size_t length);

#endif
