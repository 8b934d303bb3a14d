#include "net/uri.h"

#include <string.h>

#include "base/error.h"

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Return how many of the host's bytes are left without the port that its scheme has anyway. */
static size_t without_usual_port(const char *host, size_t length, bool tls)
{
	const char *port = tls ? ":443" : ":80";
	size_t port_length = strlen(port);

	if (length > port_length && memcmp(host + length - port_length, port, port_length) == 0)
		return length - port_length;
	return length;
}

/* Return whether `text` is nothing, or a colon and a port. */
static bool is_port(const char *text, size_t length)
{
	unsigned long port = 0;

	if (length == 0)
		return true;
	if (length < 2 || length > 6 || text[0] != ':' || strspn(text + 1, DIGITS) < length - 1)
		return false;
	for (size_t i = 1; i < length; i++)
		port = 10 * port + (unsigned long)(text[i] - '0');
	return port >= 1 && port <= 65535;
}

/* Return whether `text` is a host's name or address, an IPv6 one in brackets, and maybe a port. */
static bool is_host(const char *text, size_t length)
{
	size_t name;

	if (text[0] == '[') {
		name = 1 + strspn(text + 1, DIGITS "ABCDEFabcdef:.");
		if (name < 3 || text[name] != ']')
			return false;
		name++;
	} else {
		name = strspn(text, DIGITS LETTERS "-._");
	}
	return name > 0 && name <= length && is_port(text + name, length - name);
}

/* Return whether all bytes may be in a URL that has no user, query or fragment. */
static bool is_bare(const char *text)
{
	while (*text > ' ' && *text < 0x7f && !strchr("?#@\\\"<>", *text))
		text++;
	return !*text;
}

/* Fail, and tell of the URL neither user and password nor the query. */
static int refuse(const char *text, const char *what, struct error *err)
{
	const char *host = strstr(text, "//");
	size_t length = strcspn(text, "?#");

	if (strchr(text, '@'))
		length = host ? (size_t)(host + 2 - text) : 0;
	return error_invalid(err, "%.*s%s: %s", length < 200 ? (int)length : 200, text,
		text[length] ? "..." : "", what);
}

int uri_endpoint_parse(struct uri_endpoint *endpoint, const char *text, struct error *err)
{
	const char *host;
	size_t length;

	*endpoint = (struct uri_endpoint){.tls = strncmp(text, "https://", 8) == 0};
	if (!endpoint->tls && strncmp(text, "http://", 7) != 0)
		return refuse(text, "not a URL that begins with https:// or http://", err);
	host = text + (endpoint->tls ? 8 : 7);
	length = strcspn(host, "/");
	if (!is_bare(text) || !is_host(host, length))
		return refuse(text, "not a URL of host, port and path alone", err);
	endpoint->host = host;
	endpoint->host_length = without_usual_port(host, length, endpoint->tls);
	endpoint->path = host + length;
	endpoint->path_length = strlen(endpoint->path);
	while (endpoint->path_length && endpoint->path[endpoint->path_length - 1] == '/')
		endpoint->path_length--;
	return 0;
}
