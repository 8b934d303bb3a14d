#include "serve/authority.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "net/uri.h"

/* Return how long the "scheme://" is that `url` begins with, or 0. */
static size_t scheme_length(const char *url)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			return strlen(schemes[i]);
	return 0;
}

/* Return the length of what stands before the port, or -1 if there is a port that is none. */
static ssize_t name_length(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : strchr(host, ':');
	size_t digits;

	if (*host == '[' && !end)
		return -1;
	if (!end)
		return (ssize_t)strlen(host);
	end += *host == '[';
	if (*end == ':') {
		digits = strspn(end + 1, "0123456789");
		if (digits == 0 || digits > 5 || end[1 + digits])
			return -1;
	} else if (*end) {
		return -1;
	}
	return end - host;
}

/* Return whether the scheme's own port stands there, which no browser says. */
static bool has_usual_port(const char *origin, const char *port)
{
	return strcmp(port, strncmp(origin, "https:", 6) == 0 ? ":443" : ":80") == 0;
}

int authority_check_origin(const char *origin, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_[]:";
	size_t scheme = scheme_length(origin);
	const char *host = origin + scheme;
	ssize_t name = name_length(host);

	if (scheme == 0 || name <= 0 || host[strspn(host, letters)] ||
		has_usual_port(origin, host + name))
		return error_invalid(
			err, "'%.80s' is no origin, such as https://pictures.example", origin);
	return 0;
}

static bool is_loopback(const char *host)
{
	char name[64];
	ssize_t length = name_length(host);
	struct in_addr v4;

	if (length <= 0 || (size_t)length >= sizeof(name))
		return false;
	memcpy(name, host, (size_t)length);
	name[length] = '\0';
	if (strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

/* Return whether `host` is the one in the public URL. */
static bool is_public(const struct authority *authority, const char *host)
{
	struct uri_endpoint own;

	return authority->public_url &&
		uri_endpoint_parse(&own, authority->public_url, &(struct error){0}) == 0 &&
		strlen(host) == own.host_length &&
		strncasecmp(host, own.host, own.host_length) == 0;
}

bool authority_takes_host(const struct authority *authority, const char *host)
{
	return is_loopback(host) || is_public(authority, host);
}

bool authority_lists_origin(const struct authority *authority, const char *origin)
{
	for (size_t i = 0; i < authority->origin_count; i++)
		if (strcmp(origin, authority->origins[i]) == 0)
			return true;
	return false;
}

/* Return whether the origin is what pages of this server have, if its host is `host`. */
static bool is_own(const struct authority *authority, const char *host, const char *origin)
{
	size_t scheme = scheme_length(origin);

	if (scheme == 0 || strcasecmp(origin + scheme, host) != 0)
		return false;
	if (is_public(authority, host))
		return scheme == scheme_length(authority->public_url);
	return scheme == strlen("http://");
}

bool authority_takes_origin(const struct authority *authority, const char *host, const char *origin)
{
	return !origin || is_own(authority, host, origin) ||
		authority_lists_origin(authority, origin);
}

void authority_url(const struct authority *authority, const char *host, struct buffer *url)
{
	const char *own = authority->public_url;

	if (own)
		buffer_append(
			url, own, scheme_length(own) + strcspn(own + scheme_length(own), "/"));
	else
		buffer_format(url, "http://%s", host);
}
