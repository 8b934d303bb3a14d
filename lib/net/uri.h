#ifndef NET_URI_H
#define NET_URI_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Where a service is. Borrowed from the text that it was read from. */
struct uri_endpoint {
	bool tls;
	const char *host; /* as the Host header has it: with the port, unless it is the usual one */
	size_t host_length;
	const char *path; /* "" or "/and/more", without a slash at the end */
	size_t path_length;
};

/* Read "https://host[:port][/path]", or http. -1 with `err` filled if `text` is something else, or
 * has a user, who is not shown, a query or a fragment. */
int uri_endpoint_parse(struct uri_endpoint *endpoint, const char *text, struct error *err);

#endif
