#include "event/form.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/percent.h"
#include "base/utf8.h"

int form_decode(struct buffer *out, const char *text, size_t length, struct error *err)
{
	const char *end = text + length;
	size_t start = out->length;

	buffer_append(out, NULL, 0);
	for (; text < end; text++) {
		int byte = percent_byte(text, (size_t)(end - text));

		if (byte >= 0) {
			buffer_byte(out, (char)byte);
			text += 2;
		} else if (*text != '%') {
			buffer_byte(out, *text == '+' ? ' ' : *text);
		} else {
			return error_invalid(err, "not URL-encoded: a %% without two digits");
		}
	}
	if (memchr(out->bytes + start, '\0', out->length - start))
		return error_invalid(err, "a NUL in it");
	if (!utf8_valid(out->bytes + start, out->length - start))
		return error_invalid(err, "not UTF-8");
	return 0;
}

int form_next(const char **rest, struct buffer *name, struct buffer *value, struct error *err)
{
	const char *pair = *rest + strspn(*rest, "&");
	size_t length = strcspn(pair, "&");
	size_t name_length = strcspn(pair, "=&");

	*rest = pair + length;
	if (length == 0)
		return 0;
	buffer_clear(name);
	buffer_clear(value);
	if (form_decode(name, pair, name_length, err))
		return -1;
	if (name_length < length)
		name_length++; /* the = */
	if (form_decode(value, pair + name_length, length - name_length, err))
		return -1;
	return 1;
}
