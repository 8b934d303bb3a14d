#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

enum { PORT_DIGITS = 5, MAX_PORT = 65535 };

/* Read a port of one to five digits, without zeros before it. */
static int parse_port(const char *text, in_port_t *port)
{
	size_t digits = strspn(text, "0123456789");
	long number;

	if (digits == 0 || digits > PORT_DIGITS || text[digits] || (digits > 1 && *text == '0'))
		return -1;
	number = strtol(text, NULL, 10);
	if (number > MAX_PORT)
		return -1;
	*port = htons((in_port_t)number);
	return 0;
}

static int parse_v4(const char *host, const char *port, struct listen_address *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address->address;

	v4->sin_family = AF_INET;
	address->length = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? parse_port(port, &v4->sin_port) : -1;
}

static int parse_v6(const char *host, const char *port, struct listen_address *address)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->address;

	v6->sin6_family = AF_INET6;
	address->length = sizeof(*v6);
	return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 ? parse_port(port, &v6->sin6_port)
							      : -1;
}

/* Cut "HOST:PORT" or "[HOST]:PORT" into the two. Return the family, or -1. */
static int cut(const char *text, char host[INET6_ADDRSTRLEN], const char **port)
{
	bool in_brackets = *text == '[';
	const char *begin = text + in_brackets;
	const char *end = strchr(begin, in_brackets ? ']' : ':');
	size_t length = end ? (size_t)(end - begin) : 0;

	if (!end || length >= INET6_ADDRSTRLEN || (in_brackets && end[1] != ':'))
		return -1;
	memcpy(host, begin, length);
	host[length] = '\0';
	*port = end + 1 + in_brackets;
	return in_brackets ? AF_INET6 : AF_INET;
}

int listen_parse(const char *text, struct listen_address *address, struct error *err)
{
	char host[INET6_ADDRSTRLEN];
	const char *port = NULL;
	int family = cut(text, host, &port);
	int rc = -1;

	*address = (struct listen_address){0};
	if (family == AF_INET)
		rc = parse_v4(host, port, address);
	else if (family == AF_INET6)
		rc = parse_v6(host, port, address);
	return rc ? error_invalid(err, "'%.80s' is no ADDRESS:PORT, such as 127.0.0.1:8080", text)
		  : 0;
}

void listen_format(const struct listen_address *address, struct buffer *text)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->address;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->address.ss_family == AF_INET) {
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		buffer_format(text, "%s:%d", host, ntohs(v4->sin_port));
	} else {
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		buffer_format(text, "[%s]:%d", host, ntohs(v6->sin6_port));
	}
}

/* Make the socket, which no program that is started gets to see. */
static int bind_socket(struct listen_address *address)
{
	int fd = socket(address->address.ss_family, SOCK_STREAM, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* A server that was ended can be started again at once. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->address.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address->address, address->length) ||
		listen(fd, SOMAXCONN) ||
		getsockname(fd, (struct sockaddr *)&address->address, &address->length)) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

int listen_open(struct listen_address *address, struct error *err)
{
	struct buffer text = {0};
	int fd;

	listen_format(address, &text);
	fd = bind_socket(address);
	if (fd < 0)
		error_errno(err, text.bytes);
	buffer_release(&text);
	return fd;
}
