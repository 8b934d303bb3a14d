#ifndef BASE_JSON_CHECK_H
#define BASE_JSON_CHECK_H

#include <stddef.h>

struct error;

struct json_span;

enum { JSON_MAX_DEPTH = 32 };

/* Check that `length` bytes, behind which comes a NUL, are one JSON value as RFC 8259 has it, and
 * nothing else: UTF-8, no control character or half of a surrogate pair in a string, no NUL in a
 * name, at most JSON_MAX_DEPTH deep, and no name twice in one object, since readers differ over
 * which counts. -1 with `err` filled, Imgpl.Invalid, which says what is wrong and at which byte,
 * counted from 1. */
int json_check(const char *text, size_t length, struct error *err);

/* Do that, and tell of each member of the outermost object, in order and before it is known whether
 * all is well. */
int json_check_members(const char *text, size_t length,
	void (*member)(const struct json_span *span, void *state), void *state, struct error *err);

#endif
