#ifndef SERVE_SITE_H
#define SERVE_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "serve/exchange.h"

struct error;
struct site;

/*
 * The pages' files. All are read when the server starts, so that no path that is asked for ever
 * reaches the file system: it is compared with those that there are, and that is all.
 */

/* More files, deeper directories, or more bytes in all are refused. */
enum { SITE_MAX_FILES = 512, SITE_MAX_DEPTH = 8, SITE_MAX_BYTES = 16 << 20 };

/* A file, as it is answered. Borrowed from the site. */
struct site_file {
	const char *path; /* "/assets/index-B2xq.js", encoded as in a URL */
	const char *content_type;
	char etag[40]; /* in quotes, made from its bytes */
	void *bytes;
	size_t length;
	const struct site_file *gzip; /* the file whose name has .gz behind it, or NULL */
};

/* Read the directory: all regular files in it and below, but those whose names begin with a dot.
 * Symbolic links are passed over. NULL with `err` filled if it can't be read, has no index.html
 * (Imgpl.Invalid), or is more than may be (Imgpl.Limit). A `directory` that is NULL gives a site of
 * one page, which says how to make one. Free with site_free(), which takes NULL. digest_open()
 * comes before. */
struct site *site_load(const char *directory, struct error *err);
void site_free(struct site *site);

/* Return the file at a path as it was sent, where / is /index.html; NULL if there is none. */
const struct site_file *site_find(const struct site *site, const char *path);

/* Fill the reply to a GET of the file, with the headers If-None-Match and Accept-Encoding that
 * came, each of which may be NULL. */
void site_reply(const struct site_file *file, const char *if_none_match,
	const char *accept_encoding, struct http_reply *reply);

#endif
