#ifndef EVENT_FORM_H
#define EVENT_FORM_H

#include <stddef.h>

struct buffer;
struct error;

/*
 * What a form sends, and what stands behind the ? of an address: "name=value&name=value", where +
 * is a space and %XX a byte (https://url.spec.whatwg.org/#application/x-www-form-urlencoded).
 */

/* Append what `length` bytes of a name or a value mean. Return -1, with `err` filled, for a %
 * without two hexadecimal digits behind it, and for what would be no UTF-8 or would hold a NUL. */
int form_decode(struct buffer *out, const char *text, size_t length, struct error *err);

/* Step to the next pair of a form, and put its decoded name and value in place of what the buffers
 * hold; `rest` starts as the whole form. A pair without a = has an empty value, and where nothing
 * stands between two & there is no pair. Return 1, 0 if there is no more, or -1 with `err` filled
 * if the pair can't be decoded. */
int form_next(const char **rest, struct buffer *name, struct buffer *value, struct error *err);

#endif
