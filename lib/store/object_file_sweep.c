/* For d_type, which saves a look at every file. */
#define _DEFAULT_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "store/object_file.h"

/* No key leads deeper. */
enum { DEEPEST = OBJECT_FILE_MAX_KEY / 2 + 1 };

static int sweep_directory(int directory, int depth);

/* Remove a temporary file, unless somebody is writing it. Return -1 with errno set. */
static int sweep_file(int directory, const char *name)
{
	int file = object_file_lock(directory, name, 0);
	int rc;

	if (file < 0)
		return errno == EWOULDBLOCK || errno == ENOENT ? 0 : -1;
	rc = unlinkat(directory, name, 0);
	object_file_close(file);
	return rc;
}

static int sweep_below(int directory, const char *name, int depth)
{
	int below = object_file_walk(directory, name, strlen(name), NULL);
	int rc;

	if (below < 0) /* no directory, or one that is gone */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
	rc = sweep_directory(below, depth);
	object_file_close(below);
	return rc;
}

static bool may_be_directory(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
		strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Sweep the files of a directory, and append the names of the directories in it, each with its NUL.
 */
static int sweep_files(int directory, struct buffer *below)
{
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int rc = 0, saved;

	if (!entries) {
		object_file_close(copy);
		return -1;
	}
	for (errno = 0; rc == 0 && (entry = readdir(entries)); errno = 0) {
		if (object_file_is_temporary(entry->d_name, strlen(entry->d_name)))
			rc = sweep_file(directory, entry->d_name);
		else if (may_be_directory(entry))
			buffer_append(below, entry->d_name, strlen(entry->d_name) + 1);
	}
	saved = errno;
	closedir(entries);
	errno = saved;
	return rc || saved ? -1 : 0;
}

static int sweep_directory(int directory, int depth)
{
	struct buffer below = {0};
	int rc = sweep_files(directory, &below);

	for (size_t at = 0; rc == 0 && depth < DEEPEST && at < below.length;
		at += strlen(below.bytes + at) + 1)
		rc = sweep_below(directory, below.bytes + at, depth + 1);
	buffer_release(&below);
	return rc;
}

int object_file_sweep(const void *state, const char *bucket, struct error *err)
{
	const struct object_file *store = state;
	int directory = object_file_bucket(store, bucket, err);
	int rc;

	if (directory < 0) /* where there is no such bucket there is nothing to sweep */
		return err->type == ERROR_INVALID ? 0 : -1;
	rc = sweep_directory(directory, 0);
	if (rc)
		error_errno(err, store->place);
	object_file_close(directory);
	return rc;
}
