/* For realpath(), which POSIX has among its XSI extensions. */
#define _XOPEN_SOURCE 700

#include "store/object_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "store/key.h"

/* Append "/NAME" for each name in `path` that is not "." or empty. Return whether one is "..". */
static bool append_names(struct buffer *names, const char *path)
{
	bool goes_up = false;

	for (size_t length; *path; path += length) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length == 0 || (length == 1 && path[0] == '.'))
			continue;
		goes_up = goes_up || (length == 2 && path[0] == '.' && path[1] == '.');
		buffer_byte(names, '/');
		buffer_append(names, path, length);
	}
	return goes_up;
}

/* Return how long the path without its last name is, of which `length` bytes count. */
static size_t parent_length(const char *path, size_t length)
{
	while (length > 1 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

static char *real_path(const char *path, size_t length)
{
	struct buffer copy = {0};
	char *real;

	buffer_append(&copy, path, length);
	real = realpath(length ? copy.bytes : ".", NULL);
	buffer_release(&copy);
	return real;
}

/* Append the names that lead from the root to `path`, all symbolic links resolved; its end need not
 * exist. -1 with errno set. */
static int append_real(struct buffer *names, const char *path)
{
	size_t exists = strlen(path);
	char *real;

	while (!(real = real_path(path, exists))) {
		if (exists == 0 || (errno != ENOENT && errno != ENOTDIR))
			return -1;
		exists = parent_length(path, exists);
	}
	append_names(names, real);
	free(real);
	if (!append_names(names, path + exists))
		return 0;
	errno = ENOENT; /* what is missing has no parent to go up to */
	return -1;
}

static int append_root(struct buffer *names, const struct object_file *store, const char *bucket)
{
	if (append_real(names, store->place))
		return -1;
	if (bucket)
		append_names(names, bucket);
	return 0;
}

/* Say that `path` is outside, and in which store it would be. */
static int refuse(const struct object_file *store, const char *path, struct error *err)
{
	size_t length = strlen(path);
	char shown[KEY_TEXT], place[KEY_TEXT];
	struct stat found;

	if (stat(path, &found) || !S_ISDIR(found.st_mode))
		length = parent_length(path, length);
	key_show(shown, NULL, path);
	key_show(place, NULL, store->place);
	return error_invalid(err, "%s lies outside the store file:%s; use --store=file:%.*s", shown,
		place, length ? (int)length : 1, length ? path : ".");
}

/* Append "/KEY" for a path of this machine. */
static int append_inside(struct buffer *key, const struct object_file *store, const char *bucket,
	const char *path, struct error *err)
{
	struct buffer root = {0}, names = {0};
	int rc = -1;

	buffer_text(&root, "");
	buffer_text(&names, "");
	if (append_root(&root, store, bucket)) {
		error_errno(err, store->place);
		goto out;
	}
	if (append_real(&names, path)) {
		error_errno(err, path);
		goto out;
	}
	if (strncmp(names.bytes, root.bytes, root.length) != 0 ||
		(names.bytes[root.length] && names.bytes[root.length] != '/')) {
		refuse(store, path, err);
		goto out;
	}
	buffer_text(key, names.bytes + root.length);
	rc = 0;
out:
	buffer_release(&root);
	buffer_release(&names);
	return rc;
}

/* Return the mode of what stands at "/KEY" below `top`, 0 if nothing does. */
static mode_t mode_of(int top, const char *key)
{
	const char *name = strrchr(key, '/') + 1;
	size_t length = name - 1 > key ? (size_t)(name - key) - 2 : 0;
	int directory = object_file_walk(top, key + 1, length, NULL);
	struct stat found;
	mode_t mode = 0;

	if (directory < 0)
		return 0;
	if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0)
		mode = found.st_mode;
	close(directory);
	return mode;
}

static bool ends_as_directory(const char *path)
{
	size_t length = strlen(path);

	return (length >= 1 && path[length - 1] == '/') ||
		(length >= 2 && strcmp(path + length - 2, "/.") == 0);
}

/* Take a relative path for a key, unless it leads up, or there is no such object but there is such
 * a path from the working directory. */
static bool is_key(int top, const char *path, const char *key, bool goes_up)
{
	struct stat found;

	if (path[0] == '/' || goes_up)
		return false;
	return mode_of(top, key) || lstat(path, &found);
}

char *object_file_key_of(const void *state, const char *bucket, const char *path, struct error *err)
{
	int top = object_file_bucket(state, bucket, err);
	struct buffer key = {0};
	char *found = NULL;
	bool goes_up;

	if (top < 0)
		return NULL;
	goes_up = append_names(&key, path);
	if ((key.length || path[0] == '/') && !is_key(top, path, key.bytes, goes_up)) {
		buffer_clear(&key);
		if (append_inside(&key, state, bucket, path, err))
			goto out;
	}
	if (key.length && (ends_as_directory(path) || S_ISDIR(mode_of(top, key.bytes))))
		buffer_byte(&key, '/');
	found = memory_copy(key.length ? key.bytes + 1 : "");
out:
	buffer_release(&key);
	close(top);
	return found;
}
