#include "store/object_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/stream.h"
#include "store/key.h"
#include "store/object_backend.h"

enum { OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

struct reading {
	int file;
	uint64_t offset, max_bytes;
};

void object_file_close(int file)
{
	int saved = errno;

	if (file >= 0)
		close(file);
	errno = saved;
}

bool object_file_is_temporary(const char *name, size_t length)
{
	size_t prefix = strlen(OBJECT_FILE_TEMPORARY_PREFIX),
	       suffix = strlen(OBJECT_FILE_TEMPORARY_SUFFIX);

	return length >= prefix + suffix &&
		memcmp(name, OBJECT_FILE_TEMPORARY_PREFIX, prefix) == 0 &&
		memcmp(name + length - suffix, OBJECT_FILE_TEMPORARY_SUFFIX, suffix) == 0;
}

const char *object_file_refuses_name(const char *name, size_t length)
{
	if (length == 0)
		return "has an empty part";
	if (length > OBJECT_FILE_MAX_NAME)
		return "has a part of more than 255 bytes";
	if (length == 1 && name[0] == '.')
		return "has the part \".\"";
	if (length == 2 && name[0] == '.' && name[1] == '.')
		return "has the part \"..\"";
	if (object_file_is_temporary(name, length))
		return "has a part with the name of a temporary file";
	return NULL;
}

static const char *refuses_key(const char *key)
{
	const char *why = NULL;

	if (strlen(key) > OBJECT_FILE_MAX_KEY)
		return "has more than 1024 bytes";
	while (!why) {
		size_t length = strcspn(key, "/");

		why = object_file_refuses_name(key, length);
		if (!key[length])
			break;
		key += length + 1;
	}
	return why;
}

int object_file_spell(
	struct object_file_path *path, const struct object_name *name, struct error *err)
{
	const char *bucket = name->bucket, *why = NULL, *slash;

	key_show(path->shown, bucket, name->key);
	if (bucket && strchr(bucket, '/'))
		return error_invalid(err, "%s: the bucket has a \"/\"", path->shown);
	if (bucket)
		why = object_file_refuses_name(bucket, strlen(bucket));
	if (why)
		return error_invalid(err, "%s: the bucket %s", path->shown, why);
	why = refuses_key(name->key);
	if (why)
		return error_invalid(err, "%s: the key %s", path->shown, why);
	snprintf(path->text, sizeof(path->text), "%s%s%s", bucket ? bucket : "", bucket ? "/" : "",
		name->key);
	slash = strrchr(path->text, '/');
	path->base = slash ? (size_t)(slash - path->text) + 1 : 0;
	return 0;
}

const char *object_file_kind(mode_t mode)
{
	if (S_ISLNK(mode))
		return "a symbolic link";
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a FIFO";
	return S_ISSOCK(mode) ? "a socket" : "a device";
}

void object_file_tell(const struct stat *file, struct object_written *written)
{
	uint64_t nanoseconds =
		(uint64_t)file->st_mtim.tv_sec * 1000000000 + (uint64_t)file->st_mtim.tv_nsec;

	written->bytes = (uint64_t)file->st_size;
	written->modified = file->st_mtim.tv_sec;
	snprintf(written->etag, sizeof(written->etag), "%" PRIx64 "-%" PRIx64, nanoseconds,
		written->bytes);
	snprintf(written->sequencer, sizeof(written->sequencer), "%016" PRIX64,
		file->st_mtim.tv_sec < 0 ? 0 : nanoseconds);
}

int object_file_sync(int file)
{
	int rc;

	do
		rc = fsync(file);
	while (rc && errno == EINTR);
	return rc;
}

int object_file_sync_directory(int directory)
{
	return object_file_sync(directory) && errno != EINVAL ? -1 : 0;
}

static int enter(int parent, const char *name)
{
	int directory = openat(parent, name, OPEN_DIRECTORY);
	struct stat found;

	if (directory < 0 && errno == ENOTDIR) {
		if (fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) == 0)
			errno = S_ISLNK(found.st_mode) ? ELOOP : ENOTDIR;
	}
	return directory;
}

static int enter_or_make(int parent, const char *name, bool *made)
{
	int directory = enter(parent, name);

	if (directory >= 0 || errno != ENOENT)
		return directory;
	if (mkdirat(parent, name, 0777) == 0) {
		*made = true;
		if (object_file_sync_directory(parent))
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return enter(parent, name);
}

int object_file_copy_name(char name[OBJECT_FILE_MAX_NAME + 1], const char *from, size_t length)
{
	if (length > OBJECT_FILE_MAX_NAME)
		return -1;
	memcpy(name, from, length);
	name[length] = '\0';
	return 0;
}

int object_file_walk(int from, const char *path, size_t length, size_t *made)
{
	int at = fcntl(from, F_DUPFD_CLOEXEC, 0);
	size_t end;

	for (size_t start = 0; at >= 0 && start < length; start = end + 1) {
		char name[OBJECT_FILE_MAX_NAME + 1];
		bool is_new = false;
		int next;

		end = start + strcspn(path + start, "/");
		errno = ENAMETOOLONG;
		next = -1;
		if (object_file_copy_name(name, path + start, end - start) == 0)
			next = made ? enter_or_make(at, name, &is_new) : enter(at, name);
		if (is_new && !*made)
			*made = end;
		object_file_close(at);
		at = next;
	}
	return at;
}

int object_file_parent(
	const struct object_file *store, const struct object_file_path *path, size_t *made)
{
	size_t length = path->base ? path->base - 1 : 0;

	return object_file_walk(store->directory, path->text, length, made);
}

int object_file_fail_on_the_way(const struct object_file_path *path, struct error *err)
{
	if (errno == ELOOP)
		return error_invalid(
			err, "%s: a directory on the way is a symbolic link", path->shown);
	return error_errno(err, path->shown);
}

/* Fill `err` from errno for the object itself, or say what stands there instead of a file. */
static int fail_at(int directory, const struct object_file_path *path, struct error *err)
{
	int saved = errno;
	struct stat found;

	if (fstatat(directory, path->text + path->base, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
		!S_ISREG(found.st_mode))
		return error_invalid(
			err, "%s: is %s", path->shown, object_file_kind(found.st_mode));
	errno = saved;
	return error_errno(err, path->shown);
}

static int check_found(
	const struct stat *found, uint64_t max_bytes, const char *shown, struct error *err)
{
	if (!S_ISREG(found->st_mode))
		return error_invalid(err, "%s: is %s", shown, object_file_kind(found->st_mode));
	if (max_bytes && (uint64_t)found->st_size > max_bytes)
		return error_limit(err, "%s: %" PRIu64 " bytes, over the limit of %" PRIu64, shown,
			(uint64_t)found->st_size, max_bytes);
	return 0;
}

static ssize_t read_bytes(void *state, void *bytes, size_t size, struct error *err)
{
	struct reading *reading = state;
	ssize_t n;

	do
		n = pread(reading->file, bytes, size, (off_t)reading->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "reading");
	reading->offset += (uint64_t)n;
	if (n > 0 && reading->max_bytes && reading->offset > reading->max_bytes)
		return error_limit(
			err, "has grown over the limit of %" PRIu64 " bytes", reading->max_bytes);
	return n;
}

static int read_skip(void *state, uint64_t size, struct error *err)
{
	struct reading *reading = state;
	uint64_t farthest = INT64_MAX / 2;

	(void)err;
	reading->offset = size < farthest - reading->offset ? reading->offset + size : farthest;
	return 0;
}

static void read_close(void *state)
{
	struct reading *reading = state;

	close(reading->file);
	free(reading);
}

static const struct stream_ops read_ops = {
	.read = read_bytes, .skip = read_skip, .close = read_close};

/* Open the file of an object, and say what it is. Return a descriptor, or -1 with `err` filled. */
static int open_object(const void *state, const struct object_file_path *path, uint64_t max_bytes,
	struct stat *found, struct error *err)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int directory = object_file_parent(state, path, NULL);
	int file, rc;

	if (directory < 0)
		return object_file_fail_on_the_way(path, err);
	file = openat(directory, path->text + path->base, flags);
	if (file < 0 || fstat(file, found))
		rc = fail_at(directory, path, err);
	else
		rc = check_found(found, max_bytes, path->shown, err);
	close(directory);
	if (rc == 0)
		return file;
	object_file_close(file);
	return -1;
}

static int read_object(const void *state, const struct object_name *name, uint64_t max_bytes,
	struct stream *in, struct error *err)
{
	struct reading *reading;
	struct object_file_path path;
	struct stat found;
	int file;

	if (object_file_spell(&path, name, err))
		return -1;
	file = open_object(state, &path, max_bytes, &found, err);
	if (file < 0)
		return -1;
	reading = memory_new(1, sizeof(*reading));
	reading->file = file;
	reading->max_bytes = max_bytes;
	*in = (struct stream){.ops = &read_ops, .state = reading};
	return 0;
}

static int open_file(const void *state, const struct object_name *name,
	struct object_written *written, struct error *err)
{
	struct object_file_path path;
	struct stat found;
	int file;

	if (object_file_spell(&path, name, err))
		return -1;
	file = open_object(state, &path, 0, &found, err);
	if (file >= 0)
		object_file_tell(&found, written);
	return file;
}

static void *open_store(const char *place, const char *bucket, struct error *err)
{
	const char *path = *place ? place : ".";
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct object_file *store;

	(void)bucket;
	if (directory < 0) {
		char shown[KEY_TEXT];

		key_show(shown, NULL, path);
		error_errno(err, shown);
		error_prefix(err, "the store's directory");
		return NULL;
	}
	store = memory_new(1, sizeof(*store));
	store->directory = directory;
	store->place = memory_copy(path);
	return store;
}

static void free_store(void *state)
{
	struct object_file *store = state;

	close(store->directory);
	free(store->place);
	free(store);
}

const struct object_backend object_file = {
	.scheme = "file",
	.form = "file:DIR",
	.open = open_store,
	.free = free_store,
	.read = read_object,
	.open_file = open_file,
	.write = object_file_write,
	.prepare = object_file_prepare,
	.commit_new = object_file_commit_new,
	.sweep = object_file_sweep,
	.list = object_file_list,
	.find = object_file_find,
	.key_of = object_file_key_of,
};
