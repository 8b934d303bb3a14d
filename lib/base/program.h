#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <spawn.h>
#include <sys/types.h>

/* Start a program, found as execvp(3) does, with its arguments, up to NULL, and our environment. It
 * begins a process group of its own, which can be ended as a whole, with signals as they are by
 * default. Return 0, with `pid` set, which is the group's number, too; or what errno would be. */
int program_start(pid_t *pid, char *const *command, const posix_spawn_file_actions_t *descriptors);

#endif
