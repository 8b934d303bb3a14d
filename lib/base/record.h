#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct json_object;
struct record_member;

/*
 * One JSON object, from one line (imgpl(7)). The line is edited as text, so that what nobody sets
 * stays byte for byte as it came; what a member says is worked out when somebody reads it.
 */
struct record {
	struct buffer text; /* the object's text, without a newline */
	struct record_member *members;
	size_t member_count, member_room;
	struct json_object *whole; /* NULL until somebody reads it */
};

/* Make `record` an object without members. Release with record_release(). */
void record_init(struct record *record);

/* Parse `length` bytes as one JSON object with nothing but white space around it, as strictly as
 * json_check() does. On -1 `record` is empty. Release with record_release(). */
int record_parse(struct record *record, const char *line, size_t length, struct error *err);

/* Free what `record` holds, and empty it. Takes an empty one. */
void record_release(struct record *record);

/* Return whether there is a member `name`, be it null. */
bool record_has(const struct record *record, const char *name);

/* Return the member `name`, or NULL if it is absent or null. Borrowed until it is set, or the
 * record released. The string of record_string() has no NUL in it; NULL if it is none or has
 * one. */
struct json_object *record_member(const struct record *record, const char *name);
const char *record_string(const struct record *record, const char *name);

/* Return whether the member is there and true. */
bool record_is(const struct record *record, const char *name);

/* Return the member's text as it stands in the line, `length` bytes; NULL if it is absent or null.
 * Borrowed until the record changes. */
const char *record_text(const struct record *record, const char *name, size_t *length);

/* Return the whole record as a JSON object. Borrowed until the record changes. */
struct json_object *record_object(struct record *record);

/* Set the member `name`, where it stands or else at the end. record_set_json() takes JSON text; -1
 * means that it is none, or null. record_set_composed() takes what compose.h wrote, and does not
 * look whether it is well made. */
void record_set_string(struct record *record, const char *name, const char *value);
void record_set_number(struct record *record, const char *name, int64_t value);
int record_set_json(struct record *record, const char *name, const char *value);
void record_set_composed(struct record *record, const char *name, const struct buffer *value);

/* Append a line with json-c's version. */
void record_versions(struct buffer *lines);

#endif
