#include "store/object_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/stream.h"

/* Writers of one object never wait for each other, lest two that write several objects in another
 * order wait forever: each takes the first of a few names that is free. */
enum { TEMPORARY_SLOTS = 8, TEMPORARY_TEXT = 40 };

struct writing {
	const struct object_file *store;
	struct object_file_path path;
	int directory, file;
	size_t made; /* see object_file_walk() */
	char temporary[TEMPORARY_TEXT];
	bool durable, committed;
};

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3;
	return sum;
}

int object_file_lock(int directory, const char *name, int create)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat held, named;

	for (;;) {
		int file = openat(directory, name, flags | create, 0666);

		if (file < 0 && errno != ELOOP)
			return -1;
		if (file >= 0 && (flock(file, LOCK_EX | LOCK_NB) || fstat(file, &held))) {
			object_file_close(file);
			return -1;
		}
		if (file < 0 || !S_ISREG(held.st_mode) || held.st_nlink > 1) {
			object_file_close(file);
			if (unlinkat(directory, name, 0))
				return -1;
			continue;
		}
		if (fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
			named.st_dev == held.st_dev && named.st_ino == held.st_ino)
			return file;
		close(file); /* the writer before us took it away before we had the lock */
	}
}

/* Take the first temporary file that is free, and remove those that killed writers left. */
static int take_temporary(struct writing *writing)
{
	uint64_t sum = hash(writing->path.text + writing->path.base);

	for (unsigned slot = 0; slot < TEMPORARY_SLOTS; slot++) {
		bool taken = writing->file >= 0;
		char name[TEMPORARY_TEXT];
		int file;

		snprintf(name, sizeof(name), "%s%016" PRIx64 "-%u%s", OBJECT_FILE_TEMPORARY_PREFIX,
			sum, slot, OBJECT_FILE_TEMPORARY_SUFFIX);
		file = object_file_lock(writing->directory, name, taken ? 0 : O_CREAT);
		if (file < 0 && !taken && errno != EWOULDBLOCK)
			return -1;
		if (file < 0)
			continue;
		if (taken) {
			unlinkat(writing->directory, name, 0);
			close(file);
			continue;
		}
		writing->file = file;
		memcpy(writing->temporary, name, sizeof(name));
	}
	if (writing->file < 0)
		errno = EWOULDBLOCK;
	return writing->file < 0 ? -1 : 0;
}

/* Remove the directories that were made on the way, the deepest first; those that others use by now
 * are not empty and stay. */
static void unmake(const struct writing *writing)
{
	const char *text = writing->path.text;
	size_t end = writing->path.base;

	while (writing->made && end > writing->made) {
		char name[OBJECT_FILE_MAX_NAME + 1];
		size_t start = --end;
		int parent;

		while (start > 0 && text[start - 1] != '/')
			start--;
		parent = object_file_walk(
			writing->store->directory, text, start ? start - 1 : 0, NULL);
		object_file_copy_name(name, text + start, end - start);
		if (parent >= 0) {
			unlinkat(parent, name, AT_REMOVEDIR);
			close(parent);
		}
		end = start;
	}
}

static int write_bytes(void *state, const void *bytes, size_t size, struct error *err)
{
	struct writing *writing = state;
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(writing->file, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "writing");
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Make the bytes durable, once. */
static int settle(struct writing *writing, struct error *err)
{
	if (!writing->durable && object_file_sync(writing->file))
		return error_errno(err, "writing");
	writing->durable = true;
	return 0;
}

static int write_commit(void *state, struct error *err)
{
	struct writing *writing = state;
	int directory = writing->directory;

	if (settle(writing, err))
		return -1;
	if (renameat(directory, writing->temporary, directory,
		    writing->path.text + writing->path.base))
		return error_errno(err, "writing");
	writing->committed = true;
	if (object_file_sync_directory(directory))
		return error_errno(err, "writing");
	return 0;
}

static bool is_after(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Make the file newer than the one that is there, which may be of the same moment, or of a clock
 * that was ahead. */
static int outdate(const struct writing *writing, struct stat *written)
{
	const char *name = writing->path.text + writing->path.base;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};
	struct stat there;

	if (fstat(writing->file, written))
		return -1;
	if (fstatat(writing->directory, name, &there, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : -1;
	if (is_after(written->st_mtim, there.st_mtim))
		return 0;
	times[1] = there.st_mtim;
	if (++times[1].tv_nsec == 1000000000) {
		times[1].tv_nsec = 0;
		times[1].tv_sec++;
	}
	return futimens(writing->file, times) || fstat(writing->file, written) ? -1 : 0;
}

int object_file_prepare(void *state, struct object_written *written, struct error *err)
{
	struct writing *writing = state;
	struct stat found;

	if (outdate(writing, &found))
		return error_errno(err, "writing");
	object_file_tell(&found, written);
	return settle(writing, err);
}

/* A second name for the file, which is refused where there is one already, and then no more the
 * first: whoever is killed in between leaves a temporary file like any. */
int object_file_commit_new(void *state, struct error *err)
{
	struct writing *writing = state;
	int directory = writing->directory;

	if (settle(writing, err))
		return -1;
	if (linkat(directory, writing->temporary, directory,
		    writing->path.text + writing->path.base, 0))
		return errno == EEXIST ? 1 : error_errno(err, "writing");
	writing->committed = true;
	unlinkat(directory, writing->temporary, 0);
	if (object_file_sync_directory(directory))
		return error_errno(err, "writing");
	return 0;
}

static void write_close(void *state)
{
	struct writing *writing = state;

	if (writing->file >= 0 && !writing->committed)
		unlinkat(writing->directory, writing->temporary, 0);
	object_file_close(writing->file);
	object_file_close(writing->directory);
	if (!writing->committed)
		unmake(writing);
	free(writing);
}

static const struct stream_ops write_ops = {
	.write = write_bytes, .commit = write_commit, .close = write_close};

/* Refuse to replace what is there but for a file. */
static int check_target(const struct writing *writing, struct error *err)
{
	const struct object_file_path *path = &writing->path;
	struct stat found;

	if (fstatat(writing->directory, path->text + path->base, &found, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : error_errno(err, path->shown);
	if (!S_ISREG(found.st_mode))
		return error_invalid(
			err, "%s: is %s", path->shown, object_file_kind(found.st_mode));
	return 0;
}

/* Open the temporary file, and make the way to it. */
static int begin_writing(struct writing *writing, struct error *err)
{
	for (int tries = 0;; tries++) {
		writing->directory =
			object_file_parent(writing->store, &writing->path, &writing->made);
		if (writing->directory < 0 && errno != ENOENT)
			return object_file_fail_on_the_way(&writing->path, err);
		if (writing->directory >= 0 && check_target(writing, err))
			return -1;
		if (writing->directory >= 0 && take_temporary(writing) == 0)
			break;
		/* A writer that gave up may remove the directory it made while we enter it; and
		 * all slots may be taken. Both pass. */
		if (errno == ENOENT && tries == 1000)
			return error_internal(
				err, "%s: the store's directory is gone", writing->path.shown);
		if (tries == 1000 || (errno != ENOENT && errno != EWOULDBLOCK))
			return error_errno(err, writing->path.shown);
		if (errno == EWOULDBLOCK)
			clock_sleep(0.01);
		object_file_close(writing->directory);
		writing->directory = -1;
	}
	if (ftruncate(writing->file, 0))
		return error_errno(err, writing->path.shown);
	return 0;
}

int object_file_write(const void *state, const struct object_name *name, const char *content_type,
	struct stream *out, struct error *err)
{
	struct writing *writing = memory_new(1, sizeof(*writing));

	(void)content_type;
	writing->store = state;
	writing->directory = writing->file = -1;
	if (object_file_spell(&writing->path, name, err) || begin_writing(writing, err)) {
		write_close(writing);
		return -1;
	}
	*out = (struct stream){.ops = &write_ops, .state = writing};
	return 0;
}
