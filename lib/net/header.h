#ifndef NET_HEADER_H
#define NET_HEADER_H

/* A header of a request. Borrowed. */
struct header {
	const char *name, *value;
};

#endif
