#ifndef LAMBDA_LOG_H
#define LAMBDA_LOG_H

#include <stdint.h>

struct buffer;

/* Lines of the log, which Lambda keeps as they are and filters by their level:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */

enum log_level { LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Append a line, newline and all: an object with timestamp (`now_ms`, since 1970), level, requestId
 * unless `id` is NULL, tool and message. "TOOL: " at the beginning of the message is left out. */
void log_line(struct buffer *lines, int64_t now_ms, enum log_level level, const char *id,
	const char *tool, const char *message);

#endif
