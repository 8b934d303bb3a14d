#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/header.h"

struct buffer;
struct error;
struct http;
struct http_exchange;

/*
 * HTTP/1.1 by libcurl, which is opened on first use. Connections are kept and used again; paths go
 * out as they are; no redirect is followed; who answers over TLS must show a certificate for its
 * name. A failure of the network is Imgpl.Transient, a certificate that is none Imgpl.Internal.
 */

/* Make a client. May be used from many threads. `ca_file` holds the certificates to trust, NULL is
 * the system's. Free with http_free(), after all exchanges. */
struct http *http_new(const char *ca_file);
void http_free(struct http *http);

/* A request. Borrowed until its exchange ends. */
struct http_request {
	const char *method;
	const char *url; /* encoded as it is to be sent */
	const struct header *headers;
	size_t header_count;
	const void *body;
	size_t body_length;
	bool direct;		 /* without a proxy */
	double connect_seconds;	 /* the longest that a connection may take; 0 is 5 */
	int *sent;		 /* set, unless NULL, to how often it went out at most */
	double patience_seconds; /* the longest to wait for any 64 bytes more; 0 is 10 */
};

/* Send the request and wait for the head of the answer. NULL with `err` filled, "HOST: what went
 * wrong", if there is none. End with http_end(). */
struct http_exchange *http_begin(
	struct http *http, const struct http_request *request, struct error *err);

/* Return the status, 200 and more. */
int http_status(const struct http_exchange *exchange);

/* Return the value of the header `name`, without spaces around it; NULL if there is none. Of
 * several it is the last. Borrowed until the exchange ends. */
const char *http_header(const struct http_exchange *exchange, const char *name);

/* Read at most `size` bytes of the body, as soon as there are any. 0 is its end, which is only
 * reached where the sender said it would be; -1 with `err` filled if it broke off. */
ssize_t http_read(struct http_exchange *exchange, void *bytes, size_t size, struct error *err);

/* Append the rest of the body to `body`; Imgpl.Transient if it is longer than `max_bytes`. */
int http_read_all(
	struct http_exchange *exchange, size_t max_bytes, struct buffer *body, struct error *err);

/* Forget the exchange. What was not read of its body is dropped. Takes NULL. */
void http_end(struct http_exchange *exchange);

/* Read a date of HTTP's, "Wed, 21 Oct 2015 07:28:00 GMT", into seconds since 1970; -1 if it is
 * none. */
int http_date(const char *text, int64_t *seconds);

/* Append a line with libcurl's version, if it is open. */
void http_versions(struct buffer *lines);

#endif
