#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <sys/socket.h>

struct buffer;
struct error;

/* Where a server listens. */

struct listen_address {
	struct sockaddr_storage address;
	socklen_t length;
};

/* Read "127.0.0.1:8080" or "[::1]:8080": an address in digits, so that no resolver decides who can
 * reach the server, and a port, where 0 is any that is free. -1 with `err` filled, Imgpl.Invalid,
 * if `text` is none. */
int listen_parse(const char *text, struct listen_address *address, struct error *err);

/* Append the address in the same form. */
void listen_format(const struct listen_address *address, struct buffer *text);

/* Listen there, and put into `address` what the port has become. Return the socket, or -1 with
 * `err` filled. */
int listen_open(struct listen_address *address, struct error *err);

#endif
