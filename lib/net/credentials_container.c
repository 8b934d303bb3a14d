#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "net/credentials_source.h"
#include "net/http.h"
#include "net/secret.h"
#include "net/settings.h"

enum { ATTEMPTS = 3 };

static const char who[] = "the container's credentials";

/* Return whether `host` is an address of this machine: 127.0.0.0/8 and nothing that looks like it.
 */
static bool is_loopback(const char *host)
{
	int parts = 0;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	if (strncmp(host, "127.", 4) != 0)
		return false;
	for (const char *c = host; *c; parts++) {
		size_t digits = strspn(c, "0123456789");

		if (digits == 0 || digits > 3)
			return false;
		c += digits;
		if (*c && (*c != '.' || !*++c))
			return false;
	}
	return parts == 4;
}

/* Return whether the host may be asked over a connection that anybody could listen to. */
static bool is_near(const char *host)
{
	static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcasecmp(host, hosts[i]) == 0)
			return true;
	return is_loopback(host);
}

/* Check that `url` is one that keys may come from. */
static int check_url(const char *url, struct error *err)
{
	struct buffer host = {0};
	size_t length;
	bool near;

	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '\\' || *c == '@')
			return error_invalid(err, "%s: the URL has a strange character", who);
	if (strncmp(url, "https://", 8) == 0)
		return 0;
	if (strncmp(url, "http://", 7) != 0)
		return error_invalid(err, "%s: the URL is neither https nor http", who);
	length = strcspn(url + 7, "/?#");
	buffer_append(&host, url + 7, length);
	length = host.bytes[0] == '[' ? strcspn(host.bytes, "]") + 1 : strcspn(host.bytes, ":");
	if (length <= host.length)
		host.bytes[length] = '\0';
	near = is_near(host.bytes);
	buffer_release(&host);
	return near ? 0
		    : error_invalid(err, "%s: http only from this machine and its link: %.*s", who,
			      (int)strcspn(url, "?#"), url);
}

/* Find what the header Authorization is to say; it stays empty if nothing is set. */
static int find_token(struct buffer *token, struct error *err)
{
	const char *path = settings_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *text = settings_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (path && credentials_read_file(path, token, err))
		return -1;
	if (!path && text)
		buffer_text(token, text);
	if (token->length && strpbrk(token->bytes, "\r\n"))
		return error_invalid(
			err, "%s: the authorization token has more than one line", who);
	return 0;
}

static int ask(const struct credentials_means *means, const char *url, const struct buffer *token,
	struct credentials_keys *keys, struct error *err)
{
	const struct header headers[] = {
		{"Accept", "application/json"}, {"Authorization", token->bytes}};
	const struct http_request request = {.method = "GET",
		.url = url,
		.headers = headers,
		.header_count = token->length ? 2 : 1,
		.direct = true,
		.connect_seconds = 2,
		.patience_seconds = 5};
	struct buffer answer = {0};
	int status = credentials_ask(means, &request, ATTEMPTS, &answer, err);
	int rc = -1;

	if (status == 200)
		rc = credentials_read(&answer, false, keys, who, err);
	else if (status >= 0)
		credentials_refusal(status, &answer, token->bytes, who, err);
	else
		error_prefix(err, who);
	secret_release(&answer);
	return rc;
}

int credentials_container(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	const char *relative = settings_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = settings_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct buffer url = {0}, token = {0};
	int rc = -1;

	if (!relative && !full)
		return CREDENTIALS_NONE;
	if (relative)
		buffer_format(
			&url, "http://169.254.170.2%s%s", *relative == '/' ? "" : "/", relative);
	else
		buffer_text(&url, full);
	if (check_url(url.bytes, err) == 0 && find_token(&token, err) == 0)
		rc = ask(means, url.bytes, &token, keys, err);
	buffer_release(&url);
	secret_release(&token);
	return rc;
}
