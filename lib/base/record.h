#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct json_object;

/*
 * One JSON object, from one line (imgpl(7)). Members are read as json-c sees them; the line itself
 * is edited as text, so that what nobody sets stays byte for byte as it came.
 */
struct record {
	struct buffer text;	    /* the object's text, without a newline */
	struct json_object *object; /* what it says; changed by record_set_...() alone */
};

/* Make `record` an object without members. Release with record_release(). */
void record_init(struct record *record);

/* Parse `length` bytes as one JSON object with nothing but white space around it, as strictly as
 * json_parse() does. On -1 `record` is empty. Release with record_release(). */
int record_parse(struct record *record, const char *line, size_t length, struct error *err);

/* Free what `record` holds, and empty it. Takes an empty one. */
void record_release(struct record *record);

/* Return the member `name`, or NULL if it is absent or null. Borrowed until the record changes.
 * The string of record_string() has no NUL in it; NULL if it is none or has one. */
struct json_object *record_member(const struct record *record, const char *name);
const char *record_string(const struct record *record, const char *name);

/* Return whether the member is there and true. */
int record_is(const struct record *record, const char *name);

/* Return the member's text as it stands in the line, `length` bytes; NULL if it is absent or null.
 * Borrowed until the record changes. */
const char *record_text(const struct record *record, const char *name, size_t *length);

/* Set the member `name`, where it stands or else at the end. record_set_json() takes JSON text; -1
 * means that it is none. */
void record_set_string(struct record *record, const char *name, const char *value);
void record_set_number(struct record *record, const char *name, int64_t value);
int record_set_json(struct record *record, const char *name, const char *value);

/* Append a line with json-c's version. */
void record_versions(struct buffer *lines);

#endif
