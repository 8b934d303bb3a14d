#ifndef STORE_OBJECT_H
#define STORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct object_store;
struct record;
struct stream;

/*
 * Where pictures are: a tree of files, or a bucket. What kind is told by a URL; a backend is one
 * file, and one row of the table in object.c. All functions may be called from many threads.
 */

/* What names an object. Strings are borrowed; all but `key` may be NULL. */
struct object_name {
	const char *bucket, *key;
	const char *version_id,
		*etag; /* the one meant, where a store keeps several; not in files */
};

/* The largest picture that is read unless told otherwise. */
enum { OBJECT_MAX_BYTES = 64 << 20 };

/* Return the name of the object that `record` is about; `bucket` is for a record that has none.
 * Borrowed from both. */
struct object_name object_name_of(const struct record *record, const char *bucket);

/* What a listing says of an object. Borrowed for the call. */
struct object {
	const char *key;
	uint64_t bytes;
	int64_t modified;      /* seconds since 1970 */
	const char *etag;      /* another when the object is another */
	const char *sequencer; /* greater when the object is newer; see event/sequencer.h. NULL if
				  the store has none */
	const char *unusable;  /* why it can't be opened ("a symbolic link"), NULL as a rule */
};

/* Return the bucket that the URL of a store in S3 names, "" if it is "s3:" alone; NULL for the URL
 * of any other store. Borrowed. */
const char *object_url_bucket(const char *url);

/* Open the store at `url`: "file:DIR", or "file:" for the working directory, where DIR is there
 * already; or "s3:BUCKET", or "s3:". `bucket` is that of objects whose name has none, and may be
 * NULL: then it is the one that the URL names, and S3 needs one of the two. NULL with `err`
 * filled if there is no such kind of store or it can't be reached. Free with object_store_free(),
 * which takes NULL. */
struct object_store *object_store_open(const char *url, const char *bucket, struct error *err);
void object_store_free(struct object_store *store);

/* Return the bucket of objects whose name has none, or NULL if they have none either. Borrowed. */
const char *object_store_bucket(const struct object_store *store);

/* If the store is S3, set `found` to the object's name as S3 has it, and return true. Borrowed from
 * both. */
bool object_in_s3(const struct object_store *store, const struct object_name *name,
	struct object_name *found);

/* In what follows the text of an error, and of one of the streams, begins with "BUCKET/KEY: ". */

/* Put the object's name before the text of `err`, as the errors of this module have it, and return
 * -1. What is read from or written to its stream fails without a name. */
int object_prefix(struct error *err, const struct object_name *name);

/* Open an object for reading into `in`, at most `max_bytes` of it (0 is no limit). Imgpl.Invalid
 * if it is missing or the key can't be one of this store;
 * Imgpl.Limit if it is larger, or grows larger while it is read. Close with stream_close(). */
int object_open(const struct object_store *store, const struct object_name *name,
	uint64_t max_bytes, struct stream *in, struct error *err);

/* What a listing says of an object, or will say once it has appeared. */
enum { OBJECT_ETAG = 34, OBJECT_SEQUENCER = 17 };
struct object_written {
	uint64_t bytes;
	int64_t modified; /* seconds since 1970 */
	char etag[OBJECT_ETAG], sequencer[OBJECT_SEQUENCER];
};

/* Open an object that is a file of this machine, and tell of it in `found`. Return a descriptor to
 * read from, or -1 with `err` filled as object_open() does; Imgpl.Invalid if the store has no
 * files: S3. Close with close(). */
int object_open_file(const struct object_store *store, const struct object_name *name,
	struct object_written *found, struct error *err);

/* Open a stream that makes or replaces an object when it is committed, and until then leaves what
 * is there untouched. Close with stream_close(). */
int object_create(const struct object_store *store, const struct object_name *name,
	const char *content_type, struct stream *out, struct error *err);

/* Make durable what was written to a stream of object_create(), without that it appears, and tell
 * of it in `written`. The sequencer is greater than that of the object that is there now. Nothing
 * is to be written afterwards. -1 with `err` filled, Imgpl.Invalid if the store has no such step:
 * S3. */
int object_prepare(const struct object_store *store, struct stream *out,
	struct object_written *written, struct error *err);

/* Let what was prepared appear, but not in place of another object: if there is one already, return
 * 1, and nothing has changed. Of several that try it at once one succeeds. In place of another one
 * stream_commit() lets it appear. -1 with `err` filled if it can't, or if it is there and not known
 * to be durable. Still to be closed. */
int object_commit_new(const struct object_store *store, struct stream *out, struct error *err);

/* Remove what writers left in `bucket` who were killed before an object appeared; what others are
 * writing stays. -1 with `err` filled if some of it can't be removed. In S3 that is for the
 * bucket's own rules to do. */
int object_sweep(const struct object_store *store, const char *bucket, struct error *err);

/* Call `each` for every object whose key begins with `prefix`, in the order of the keys' bytes,
 * until it returns other than 0. Names that start with a dot are passed over, with what is below
 * them, but for directories that `prefix` spells out; what is no object (a symbolic link, a device,
 * a name that is not UTF-8) comes with `unusable` set, and without etag and sequencer. Return what
 * `each` returned last, or -1 with `err` filled if the listing broke off. */
int object_list(const struct object_store *store, const char *bucket, const char *prefix,
	int (*each)(const struct object *object, void *state, struct error *err), void *state,
	struct error *err);

/* Do as object_list() for the object `key` alone, if there is one: without a look at all that is
 * beside it. Return what `each` returned, 0 if there is none, or -1 with `err` filled. */
int object_find(const struct object_store *store, const char *bucket, const char *key,
	int (*each)(const struct object *object, void *state, struct error *err), void *state,
	struct error *err);

/* Return the key that a path of this machine has in the store (free with free()), or NULL with
 * `err` filled if it lies outside; stores that are not files take the path as a key. It need not
 * exist; a directory's key ends in a slash, and "" is the store itself. A relative path is taken
 * from the store's directory, unless it leads up with ".." or there is no such thing in the store:
 * then from the working directory, if it is there. */
char *object_key_of(
	const struct object_store *store, const char *bucket, const char *path, struct error *err);

#endif
