#include "base/program.h"

#include <signal.h>

extern char **environ;

int program_start(pid_t *pid, char *const *command, const posix_spawn_file_actions_t *descriptors)
{
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	int failure;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGXFSZ);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	failure = posix_spawnp(pid, command[0], descriptors, &attributes, command, environ);
	posix_spawnattr_destroy(&attributes);
	return failure;
}
