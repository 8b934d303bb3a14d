#include "lambda/log.h"

#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/compose.h"

static const char *without_tool(const char *message, const char *tool)
{
	size_t length = strlen(tool);

	if (strncmp(message, tool, length) == 0 && strncmp(message + length, ": ", 2) == 0)
		return message + length + 2;
	return message;
}

void log_line(struct buffer *lines, int64_t now_ms, enum log_level level, const char *id,
	const char *tool, const char *message)
{
	static const char *const names[] = {
		[LOG_LEVEL_INFO] = "INFO", [LOG_LEVEL_WARN] = "WARN", [LOG_LEVEL_ERROR] = "ERROR"};
	char now[CLOCK_TEXT];

	clock_format_ms(now_ms, now);
	buffer_byte(lines, '{');
	compose_string(lines, "timestamp", now);
	compose_string(lines, "level", names[level]);
	compose_string(lines, "requestId", id);
	compose_string(lines, "tool", tool);
	compose_string(lines, "message", without_tool(message, tool));
	buffer_text(lines, "}\n");
}
