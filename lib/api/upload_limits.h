#ifndef API_UPLOAD_LIMITS_H
#define API_UPLOAD_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct web_reply;

/* What may be uploaded. */

/* A kind of picture that is taken, and how its key ends. There are no others than those that
 * upload_type_find() knows. */
struct upload_type {
	const char *content_type, *suffix; /* "image/jpeg", ".jpg" */
};

struct upload_limits {
	int64_t max_bytes; /* of one picture */
	size_t max_files;  /* asked for in one request */
};

/* As large as what imgpl-validate takes unless told otherwise, and 50 at once. */
extern const struct upload_limits upload_limits_default;

/* Return the type of this name, which is compared letter by letter, since it will be signed and
 * sent as it is; NULL if pictures of it are not taken. Borrowed, and there for ever. */
const struct upload_type *upload_type_find(const char *content_type);

/* Check a picture that is to be uploaded, and set `type`. Return -1 with `err` filled, if its type
 * is not taken (Imgpl.Invalid), or if it is empty or too large (Imgpl.Limit). */
int upload_limits_check(const struct upload_limits *limits, const char *content_type, int64_t bytes,
	const struct upload_type **type, struct error *err);

/* Answer GET /limits: {"contentTypes":[...],"maxSize":BYTES,"maxFiles":NUMBER}. */
void upload_limits_reply(const struct upload_limits *limits, struct web_reply *reply);

#endif
