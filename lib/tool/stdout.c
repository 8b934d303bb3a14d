#include "tool/stdout.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tool/report.h"

int stdout_write(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, length);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			report("stdout: %s", strerror(errno));
			return -1;
		}
	}
	return 0;
}
