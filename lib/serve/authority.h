#ifndef SERVE_AUTHORITY_H
#define SERVE_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;

/*
 * Whose requests are taken: what the headers Host and Origin have to say. A page of anybody's can
 * make a browser send requests to this machine, by its address or by a name that leads to it, so a
 * name is not believed because it leads here.
 */

/* What a server is called. Borrowed. */
struct authority {
	const char *public_url;	    /* "https://pictures.example", where others reach it; or NULL */
	const char *const *origins; /* of pages elsewhere that may use it */
	size_t origin_count;
};

/* Check an origin as browsers send it, https://pictures.example or http://localhost:5173: a scheme,
 * a host in lower case, and a port unless it is the scheme's own. -1 with `err` filled,
 * Imgpl.Invalid, if it is none. */
int authority_check_origin(const char *origin, struct error *err);

/* Return whether the Host is one of this server: the public URL's, or one of loopback, with any
 * port (localhost, 127.0.0.0/8, [::1]). */
bool authority_takes_host(const struct authority *authority, const char *host);

/* Return whether a page of this origin may have the answer, and be told so. */
bool authority_lists_origin(const struct authority *authority, const char *origin);

/* Return whether what a request with this Host and this Origin changes may be changed. An origin
 * that is NULL is nobody's page. */
bool authority_takes_origin(
	const struct authority *authority, const char *host, const char *origin);

/* Append the URL at which the sender of a request with this Host reaches the server, without a
 * slash at the end. */
void authority_url(const struct authority *authority, const char *host, struct buffer *url);

#endif
