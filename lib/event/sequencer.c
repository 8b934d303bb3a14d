#include "event/sequencer.h"

#include <stddef.h>

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
