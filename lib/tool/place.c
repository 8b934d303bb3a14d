#include "tool/place.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

char *place_installed(const char *relative)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct buffer path = {0};

	self[length > 0 ? length : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');

		if (slash)
			*slash = '\0';
	}
	buffer_format(&path, "%s/%s", self, relative);
	return path.bytes;
}
