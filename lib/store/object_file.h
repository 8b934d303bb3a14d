#ifndef STORE_OBJECT_FILE_H
#define STORE_OBJECT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "store/key.h"
#include "store/object.h"

/* What the parts of the file store share: object_file.c finds the way and reads,
 * object_file_write.c writes, object_file_list.c lists, object_file_key.c makes keys of paths. */

enum { OBJECT_FILE_MAX_KEY = 1024, OBJECT_FILE_MAX_NAME = 255 };

/* No key has a name like those of the files that are being written. */
#define OBJECT_FILE_TEMPORARY_PREFIX ".imgpl-"
#define OBJECT_FILE_TEMPORARY_SUFFIX ".tmp"

/* Return whether the name, of `length` bytes, is such a one. */
bool object_file_is_temporary(const char *name, size_t length);

/* Open the temporary file `name`, with `create` as open() has it, 0 or O_CREAT, and lock it; what
 * else stands under that name goes. Return -1 with errno set, EWOULDBLOCK if a writer has it. */
int object_file_lock(int directory, const char *name, int create);

struct object_file {
	int directory;
	char *place; /* its path, as it was given */
};

/* An object's name, spelled as a path below the store. */
struct object_file_path {
	char text[OBJECT_FILE_MAX_NAME + 1 + OBJECT_FILE_MAX_KEY + 1];
	char shown[KEY_TEXT];
	size_t base; /* where the last name begins */
};

/* Spell `name`; -1 if it can't be one of this store, or would lead out of it. */
int object_file_spell(
	struct object_file_path *path, const struct object_name *name, struct error *err);

/* Say why `length` bytes can't be a name in the store; NULL if they can. */
const char *object_file_refuses_name(const char *name, size_t length);

/* Open the directory that `length` bytes of `path` lead to from the directory `from`, one name at a
 * time and never through a symbolic link; no bytes lead to `from` itself. With `made` the
 * directories that are missing are made, and it tells where in `path` the first of them ends, or
 * stays 0. Return a descriptor, or -1 with errno set, ELOOP for a symbolic link. */
int object_file_walk(int from, const char *path, size_t length, size_t *made);

/* Open the directory that holds the object, as object_file_walk() does. */
int object_file_parent(
	const struct object_file *store, const struct object_file_path *path, size_t *made);

/* Fill `err` from errno as object_file_parent() left it, and return -1. */
int object_file_fail_on_the_way(const struct object_file_path *path, struct error *err);

/* Copy one name of a path; -1 if it is too long. */
int object_file_copy_name(char name[OBJECT_FILE_MAX_NAME + 1], const char *from, size_t length);

/* Close a descriptor, if it is one, and keep errno, which tells of the failure before. */
void object_file_close(int file);

/* Make a file's bytes, or a directory's names, durable; the latter on file systems that can. Return
 * -1 with errno set. */
int object_file_sync(int file);
int object_file_sync_directory(int directory);

/* Open the directory that keys of `bucket` start from, the store's own if it is NULL. Return a
 * descriptor, or -1 with `err` filled. */
int object_file_bucket(const struct object_file *store, const char *bucket, struct error *err);

/* Say what a file is that is no regular file: "a symbolic link". */
const char *object_file_kind(mode_t mode);

/* Tell what the store says of a file: its etag is made of the time of its last change, in
 * nanoseconds, and its size, its sequencer of the time. */
void object_file_tell(const struct stat *file, struct object_written *written);

/* What object_create(), object_prepare(), object_commit_new(), object_sweep(), object_list(),
 * object_find() and object_key_of() do. */
int object_file_write(const void *state, const struct object_name *name, const char *content_type,
	struct stream *out, struct error *err);
int object_file_prepare(void *writing, struct object_written *written, struct error *err);
int object_file_commit_new(void *writing, struct error *err);
int object_file_sweep(const void *state, const char *bucket, struct error *err);
int object_file_list(const void *state, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);
int object_file_find(const void *state, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);
char *object_file_key_of(
	const void *state, const char *bucket, const char *path, struct error *err);

#endif
