#ifndef STORE_OBJECT_BACKEND_H
#define STORE_OBJECT_BACKEND_H

#include <stdint.h>

#include "store/object.h"

/* One kind of store: what object.h promises, for URLs of one scheme. `state` is what open()
 * returned; all but open() and free() may be called from many threads. */
struct object_backend {
	const char *scheme;   /* what stands before the colon */
	const char *form;     /* how its URLs look, for messages */
	bool place_is_bucket; /* what stands after the colon is a bucket, or nothing */
	/* `place` is what stands after the colon; `bucket` is that of names without one, or NULL.
	 */
	void *(*open)(const char *place, const char *bucket, struct error *err);
	void (*free)(void *state);
	int (*read)(const void *state, const struct object_name *name, uint64_t max_bytes,
		struct stream *in, struct error *err);
	/* NULL where objects are no files. */
	int (*open_file)(const void *state, const struct object_name *name,
		struct object_written *found, struct error *err);
	int (*write)(const void *state, const struct object_name *name, const char *content_type,
		struct stream *out, struct error *err);
	/* The two steps of a stream that write() made, whose own state is `writing`; NULL where
	 * there is only one. */
	int (*prepare)(void *writing, struct object_written *written, struct error *err);
	int (*commit_new)(void *writing, struct error *err);
	/* NULL where there is nothing to sweep. */
	int (*sweep)(const void *state, const char *bucket, struct error *err);
	int (*list)(const void *state, const char *bucket, const char *prefix,
		int (*each)(const struct object *object, void *state, struct error *err),
		void *each_state, struct error *err);
	int (*find)(const void *state, const char *bucket, const char *key,
		int (*each)(const struct object *object, void *state, struct error *err),
		void *each_state, struct error *err);
	/* NULL where a path is taken as a key. */
	char *(*key_of)(const void *state, const char *bucket, const char *path, struct error *err);
};

extern const struct object_backend object_file, object_s3;

#endif
