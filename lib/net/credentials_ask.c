#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "net/credentials_source.h"
#include "net/http.h"
#include "net/refusal.h"
#include "net/secret.h"

/* The pause before a second attempt, in seconds, which doubles before each further one. */
static const double first_pause = 0.2;

/* Read the body, straight to where it will be overwritten. */
static int read_body(struct http_exchange *exchange, struct buffer *body, struct error *err)
{
	ssize_t n;

	buffer_reserve(body, CREDENTIALS_MAX_ANSWER);
	buffer_clear(body);
	do {
		n = http_read(exchange, body->bytes + body->length,
			CREDENTIALS_MAX_ANSWER - body->length, err);
		body->length += n > 0 ? (size_t)n : 0;
	} while (n > 0 && body->length < CREDENTIALS_MAX_ANSWER);
	body->bytes[body->length] = '\0';
	if (body->length == CREDENTIALS_MAX_ANSWER)
		return error_internal(
			err, "an answer of more than %d bytes", CREDENTIALS_MAX_ANSWER - 1);
	return n < 0 ? -1 : 0;
}

static int ask_once(const struct credentials_means *means, const struct http_request *request,
	struct buffer *body, struct error *err)
{
	struct http_exchange *exchange = http_begin(means->http, request, err);
	int status = -1;

	if (!exchange)
		return -1;
	if (read_body(exchange, body, err) == 0)
		status = http_status(exchange);
	http_end(exchange);
	return status;
}

int credentials_ask(const struct credentials_means *means, const struct http_request *request,
	int attempts, struct buffer *body, struct error *err)
{
	double pause = first_pause;

	for (;;) {
		int status = ask_once(means, request, body, err);
		bool busy = status >= 500 || status == 429;

		if (--attempts == 0 || (status < 0 ? !error_retry(err) : !busy))
			return status;
		clock_sleep(pause * (0.5 + random_fraction() / 2));
		pause *= 2;
	}
}

int credentials_refusal(int status, const struct buffer *body, const char *secret, const char *who,
	struct error *err)
{
	struct refusal refusal;

	refusal_read(&refusal, status, body, NULL);
	refusal_hide(&refusal, secret);
	error_internal(err, "%s: %s%d%s%s%s%s", who,
		refusal.kind == REFUSAL_SKEWED ? "the clock of this machine is wrong: " : "",
		status, *refusal.code ? " " : "", refusal.code, *refusal.message ? ": " : "",
		refusal.message);
	err->type =
		error_retry(&(struct error){.type = refusal.type}) ? refusal.type : ERROR_INTERNAL;
	return -1;
}

/* Read at most CREDENTIALS_MAX_ANSWER bytes; -1 with errno set if there is a fault. */
static int read_all(int descriptor, struct buffer *text)
{
	ssize_t n;

	buffer_reserve(text, CREDENTIALS_MAX_ANSWER);
	do {
		n = read(descriptor, text->bytes + text->length,
			CREDENTIALS_MAX_ANSWER - text->length);
		text->length += n > 0 ? (size_t)n : 0;
	} while ((n > 0 && text->length < CREDENTIALS_MAX_ANSWER) || (n < 0 && errno == EINTR));
	text->bytes[text->length] = '\0';
	return n < 0 ? -1 : 0;
}

/* Take white space away at both ends. */
static void trim(struct buffer *text)
{
	static const char white[] = " \t\r\n";
	size_t before = strspn(text->bytes, white);

	buffer_replace(text, 0, before, "", 0);
	while (text->length > 0 && strchr(white, text->bytes[text->length - 1]))
		text->bytes[--text->length] = '\0';
}

int credentials_read_file(const char *path, struct buffer *text, struct error *err)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int rc = -1;

	if (descriptor < 0)
		return error_errno(err, path);
	rc = read_all(descriptor, text) ? error_errno(err, path) : 0;
	close(descriptor);
	if (rc)
		return rc;
	trim(text);
	if (!text->length)
		return error_invalid(err, "%s: is empty", path);
	if (text->length == CREDENTIALS_MAX_ANSWER)
		return error_invalid(err, "%s: is too long", path);
	return 0;
}
