#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>

struct error;
struct json_object;

enum { JSON_MAX_DEPTH = 32 };

/* Check that `length` bytes, behind which comes a NUL, are one JSON value as RFC 8259 has it, and
 * nothing else: UTF-8, no control character or half of a surrogate pair in a string, no NUL in a
 * name, at most JSON_MAX_DEPTH deep. json-c alone lets some of that pass. Set `names` to how many
 * members its objects have. Imgpl.Invalid says what is wrong and at which byte, counted from 1. */
int json_check(const char *text, size_t length, size_t *names, struct error *err);

/* Check and parse JSON text, behind which comes a NUL; a name that stands twice in one object is
 * Imgpl.Invalid, since readers differ over which counts, and so is null alone, which json-c has no
 * object for. NULL with `err` filled if it is none. Free with json_object_put(). */
struct json_object *json_parse(const char *text, size_t length, struct error *err);

/* Return the string member of a JSON object, or NULL if `object` is none or the member is no
 * string, or holds a NUL. Borrowed. */
const char *json_string(struct json_object *object, const char *name);

/* Offsets of a member in the text of its object. */
struct json_span {
	size_t name, name_end; /* with the quotes */
	size_t value, value_end;
};

/* Step to the next member of the outermost object of checked JSON text; `at` starts at 0 and ends
 * at the closing brace. Return 0 when there is no more. */
int json_next_member(const char *text, size_t *at, struct json_span *span);

#endif
