/*
 * LD_PRELOAD me, and calls fail that otherwise never do.
 *
 * FAULT_MEMORY=N: the N-th allocation yields NULL.
 *
 * FAULT_SPARES=LIBRARY,...: but none that these ask for, which are not counted.
 *
 * FAULT_SHORT=1: reads and writes move a few bytes at a time, and half of the calls are
 * interrupted.
 *
 * FAULT_DEVICE=N: the N-th read, write or synchronisation of a regular file fails with EIO.
 *
 * FAULT_KILL=N: kills the process before the N-th synchronisation, renaming, linking or unlinking.
 *
 * FAULT_AFTER=FILE: neither of the last two counts anything before the file is there.
 *
 * FAULT_TRACE=FILE: each synchronisation and renaming adds its name to the file, a line each.
 *
 * FAULT_TOLD=FILE: is made when the N-th call was reached, and names who asked for the memory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's own, so that nothing has to be looked up before the first allocation. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_long allocations, transfers, steps;
static atomic_uint calls;

static long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtol(value, NULL, 10) : 0;
}

static void tell(const void *caller)
{
	const char *name = getenv("FAULT_TOLD");
	long file = name ? syscall(SYS_openat, AT_FDCWD, name, O_CREAT | O_WRONLY, 0666) : -1;
	Dl_info who;

	if (file < 0)
		return;
	if (caller && dladdr(caller, &who) && who.dli_fname)
		syscall(SYS_write, file, who.dli_fname, strlen(who.dli_fname));
	syscall(SYS_close, file);
}

/* Return whether `caller` is in a library whose path holds one of the names, between commas. */
static bool is_in(const void *caller, const char *names)
{
	Dl_info who;

	if (!names || !dladdr(caller, &who) || !who.dli_fname)
		return false;
	while (*names) {
		size_t length = strcspn(names, ",");

		if (length && memmem(who.dli_fname, strlen(who.dli_fname), names, length))
			return true;
		names += length + (names[length] == ',');
	}
	return false;
}

/* Set while glibc works for a library that is spared. */
static _Thread_local bool is_spared;

/* Return whether the allocation that code at `caller` asks for is to fail. */
static bool memory_fails(const void *caller)
{
	long at = number("FAULT_MEMORY");

	if (!at || is_spared || is_in(caller, getenv("FAULT_SPARES")) || ++allocations != at)
		return false;
	tell(caller);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return memory_fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return memory_fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return memory_fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memory_fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **bytes, size_t alignment, size_t size)
{
	*bytes = aligned_alloc(alignment, size);
	return *bytes ? 0 : ENOMEM;
}

/* json-c 0.16 copies the names of members with strdup(), and uses the copies without a look at
 * whether there are any: that no caller can help, so these copies do not fail. */
char *strdup(const char *text)
{
	const void *caller = __builtin_return_address(0);
	size_t size = strlen(text) + 1;
	char *copy = NULL;

	if (is_in(caller, "libjson-c") || !memory_fails(caller))
		copy = __libc_malloc(size);
	return copy ? memcpy(copy, text, size) : NULL;
}

/* json-c makes a locale for each text it parses. */
locale_t newlocale(int mask, const char *name, locale_t base)
{
	locale_t (*real)(int, const char *, locale_t);
	locale_t made;

	*(void **)&real = dlsym(RTLD_NEXT, "newlocale");
	is_spared = is_in(__builtin_return_address(0), getenv("FAULT_SPARES"));
	made = real(mask, name, base);
	is_spared = false;
	return made;
}

locale_t duplocale(locale_t old)
{
	locale_t (*real)(locale_t);
	locale_t made;

	*(void **)&real = dlsym(RTLD_NEXT, "duplocale");
	is_spared = is_in(__builtin_return_address(0), getenv("FAULT_SPARES"));
	made = real(old);
	is_spared = false;
	return made;
}

/* Return whether to interrupt this call, as a signal would. */
static bool is_interrupted(void)
{
	if (!getenv("FAULT_SHORT") || ++calls * 2654435761u >> 31)
		return false;
	errno = EINTR;
	return true;
}

static size_t cut(size_t size)
{
	size_t most = 1 + calls % 1000;

	return getenv("FAULT_SHORT") && size > most ? most : size;
}

static bool is_due(void)
{
	const char *after = getenv("FAULT_AFTER");

	return !after || syscall(SYS_faccessat, AT_FDCWD, after, F_OK) == 0;
}

/* Return whether the device under `file` is to fail now. */
static bool device_fails(int file)
{
	long at = number("FAULT_DEVICE");
	struct stat status;

	if (!at || fstat(file, &status) || !S_ISREG(status.st_mode) || !is_due() ||
		++transfers != at)
		return false;
	tell(NULL);
	errno = EIO;
	return true;
}

static bool fails(int file)
{
	return is_interrupted() || device_fails(file);
}

ssize_t read(int file, void *bytes, size_t size)
{
	return fails(file) ? -1 : syscall(SYS_read, file, bytes, cut(size));
}

ssize_t write(int file, const void *bytes, size_t size)
{
	return fails(file) ? -1 : syscall(SYS_write, file, bytes, cut(size));
}

ssize_t pread(int file, void *bytes, size_t size, off_t offset)
{
	return fails(file) ? -1 : syscall(SYS_pread64, file, bytes, cut(size), offset);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t offset)
{
	return fails(file) ? -1 : syscall(SYS_pread64, file, bytes, cut(size), offset);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
	return fails(file) ? -1 : syscall(SYS_pwrite64, file, bytes, cut(size), offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
	return fails(file) ? -1 : syscall(SYS_pwrite64, file, bytes, cut(size), offset);
}

static void trace(const char *call)
{
	const char *name = getenv("FAULT_TRACE");
	const int flags = O_CREAT | O_WRONLY | O_APPEND;
	long file = name ? syscall(SYS_openat, AT_FDCWD, name, flags, 0666) : -1;

	if (file < 0)
		return;
	syscall(SYS_write, file, call, strlen(call));
	syscall(SYS_close, file);
}

static void step(void)
{
	if (is_due() && ++steps == number("FAULT_KILL"))
		kill(getpid(), SIGKILL);
}

int linkat(int from, const char *old, int to, const char *name, int flags)
{
	step();
	return (int)syscall(SYS_linkat, from, old, to, name, flags);
}

int unlinkat(int directory, const char *name, int flags)
{
	step();
	return (int)syscall(SYS_unlinkat, directory, name, flags);
}

int renameat(int from, const char *old, int to, const char *name)
{
	step();
	trace("rename\n");
	return (int)syscall(SYS_renameat2, from, old, to, name, 0);
}

/* These are not interrupted: Linux does not, and SQLite relies on that. */
int fsync(int file)
{
	struct stat status;

	step();
	trace(fstat(file, &status) == 0 && S_ISDIR(status.st_mode) ? "directory\n" : "file\n");
	return device_fails(file) ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
	step();
	trace("file\n");
	return device_fails(file) ? -1 : (int)syscall(SYS_fdatasync, file);
}

int poll(struct pollfd *files, nfds_t count, int milliseconds)
{
	struct timespec wait = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	if (is_interrupted())
		return -1;
	return (int)syscall(
		SYS_ppoll, files, count, milliseconds < 0 ? NULL : &wait, NULL, sizeof(sigset_t));
}
