#include "image/png_failure.h"

#include <string.h>

#include "base/error.h"

/* libpng's messages start with a capital, unless that is the name of a chunk. */
static void tell(struct error *err, const char *text)
{
	int lower = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z';

	if (strstr(text, "memory")) {
		error_transient(err, "out of memory for a PNG");
		return;
	}
	error_invalid(err, "broken PNG: %c%s", lower ? text[0] - 'A' + 'a' : text[0],
		text[0] ? text + 1 : "");
}

void png_failure_jump(png_structp png, const char *text)
{
	struct png_failure *failure = png_get_error_ptr(png);

	if (text)
		tell(failure->err, text);
	longjmp(failure->back, 1);
}

void png_failure_ignore(png_structp png, const char *text)
{
	(void)png, (void)text;
}
