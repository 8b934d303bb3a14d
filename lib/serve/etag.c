#include "serve/etag.h"

#include <string.h>

static bool is_one(const char *item, size_t length, const char *etag)
{
	if (length > 2 && strncmp(item, "W/", 2) == 0) {
		item += 2;
		length -= 2;
	}
	return length == strlen(etag) && memcmp(item, etag, length) == 0;
}

bool etag_is_listed(const char *list, const char *etag)
{
	static const char between[] = ", \t";

	while (list && *list) {
		size_t length;

		list += strspn(list, between);
		length = strcspn(list, between);
		if ((length == 1 && *list == '*') || is_one(list, length, etag))
			return true;
		list += length;
	}
	return false;
}
