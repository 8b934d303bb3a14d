#include "event/sequencer.h"

#include <stddef.h>
#include <string.h>

#include "base/buffer.h"

int sequencer_compare(const char *a, const char *b)
{
	if (!a || !b)
		return 0;
	while (*a || *b) {
		int left = *a ? (unsigned char)*a++ : '0';
		int right = *b ? (unsigned char)*b++ : '0';

		if (left != right)
			return left - right;
	}
	return 0;
}

static const char digits[] = "0123456789ABCDEF";

/* Count one on in the hexadecimal digits that `text` ends in. Return -1, and the digits are zeros,
 * if there is no next number of as many. */
static int count_on(char *text, size_t length)
{
	while (length > 0) {
		char *at = &text[--length];
		const char *digit = *at ? strchr(digits, *at) : NULL;

		if (!digit)
			break;
		if (digit[1]) {
			*at = digit[1];
			return 0;
		}
		*at = '0';
	}
	return -1;
}

void sequencer_next(struct buffer *next, const char *last)
{
	size_t start = next->length;

	buffer_text(next, last);
	if (count_on(next->bytes + start, next->length - start) == 0)
		return;
	next->length = start;
	buffer_text(next, last);
	buffer_text(next, "0000000000000001");
}
