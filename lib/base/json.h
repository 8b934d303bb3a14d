#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>

struct error;
struct json_object;

/* Check and parse JSON text, as json_check() does; behind it comes a NUL. null alone is
 * Imgpl.Invalid, since json-c has no object for it. NULL with `err` filled if it is none. Free with
 * json_object_put(). */
struct json_object *json_parse(const char *text, size_t length, struct error *err);

/* Make an object of the value that begins at `text`, in JSON text that was checked; NULL is null.
 * Free with json_object_put(). */
struct json_object *json_build(const char *text);

/* Return the member of a JSON object, or NULL if `object` is none or the member is absent or null.
 * Borrowed. */
struct json_object *json_member(struct json_object *object, const char *name);

/* Return the string that `value` is, or NULL if it is none, or holds a NUL. Borrowed. */
const char *json_text(struct json_object *value);

/* Return json_text() of a member of a JSON object; NULL if `object` is none. */
const char *json_string(struct json_object *object, const char *name);

/* Offsets of a member in the text of its object. */
struct json_span {
	size_t name, name_end; /* with the quotes */
	size_t value, value_end;
};

/* Step to the next member of the outermost object of checked JSON text; `at` starts at 0 and ends
 * at the closing brace. Return 0 when there is no more. */
int json_next_member(const char *text, size_t *at, struct json_span *span);

/* Step to the next value of the outermost array of checked JSON text, in the same way; it has no
 * name. */
int json_next_item(const char *text, size_t *at, struct json_span *span);

#endif
