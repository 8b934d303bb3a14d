#ifndef STORE_OBJECT_FILE_H
#define STORE_OBJECT_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct error;
struct object;

/* What the parts of the file store share: object_file.c reads and writes, object_file_list.c lists,
 * object_file_key.c turns paths into keys. */

enum { OBJECT_FILE_MAX_KEY = 1024, OBJECT_FILE_MAX_NAME = 255 };

struct object_file {
	int directory;
	char *place; /* its path, as it was given */
};

/* Say why `length` bytes can't be a name in the store; NULL if they can. */
const char *object_file_refuses_name(const char *name, size_t length);

/* Open the directory that `length` bytes of `path` lead to from the directory `from`, one name at a
 * time and never through a symbolic link; no bytes lead to `from` itself. With `made` the
 * directories that are missing are made, and it tells where in `path` the first of them ends, or
 * stays 0. Return a descriptor, or -1 with errno set, ELOOP for a symbolic link. */
int object_file_walk(int from, const char *path, size_t length, size_t *made);

/* Open the directory that keys of `bucket` start from, the store's own if it is NULL. Return a
 * descriptor, or -1 with `err` filled. */
int object_file_bucket(const struct object_file *store, const char *bucket, struct error *err);

/* Say what a file is that is no regular file: "a symbolic link". */
const char *object_file_kind(mode_t mode);

/* Return the time of the last change in nanoseconds since 1970, and write it with the size as the
 * etag that the store gives the file. */
enum { OBJECT_FILE_ETAG = 34 };
uint64_t object_file_etag(const struct stat *file, char etag[OBJECT_FILE_ETAG]);

/* What object_list(), object_find() and object_key_of() do. */
int object_file_list(const void *state, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);
int object_file_find(const void *state, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *each_state,
	struct error *err);
char *object_file_key_of(
	const void *state, const char *bucket, const char *path, struct error *err);

#endif
