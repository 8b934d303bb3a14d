#include "serve/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

void head_take_target(struct head *head, const char *target)
{
	char *mark;

	head->path = memory_copy(target);
	head->target_bytes = strlen(target);
	mark = strchr(head->path, '?');
	head->query = mark ? mark + 1 : head->path + strlen(head->path);
	if (mark)
		*mark = '\0';
}

void head_release(struct head *head)
{
	free(head->path);
	free(head->headers);
	*head = (struct head){0};
}

const char *head_find(const struct head *head, const char *name)
{
	for (size_t i = 0; i < head->header_count; i++)
		if (strcasecmp(head->headers[i].name, name) == 0)
			return head->headers[i].value;
	return NULL;
}

static size_t count_named(const struct head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->header_count; i++)
		count += strcasecmp(head->headers[i].name, name) == 0;
	return count;
}

/* https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
static bool is_token(const char *text)
{
	static const char others[] = "!#$%&'*+-.^_`|~";
	const char *at = text;

	for (; *at; at++) {
		bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');

		if (!is_letter && !(*at >= '0' && *at <= '9') && !strchr(others, *at))
			return false;
	}
	return at > text;
}

static bool is_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

static bool is_target(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7f || *text == '#')
			return false;
	return true;
}

/* Return whether it is the name of a header that matters to HTTP, with something behind it: its
 * value, if that was folded onto a second line (server_parts.h). */
static bool is_glued(const char *name)
{
	static const char *const names[] = {"Content-Length", "Transfer-Encoding", "Host"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncasecmp(name, names[i], strlen(names[i])) == 0 && name[strlen(names[i])])
			return true;
	return false;
}

static bool is_spelled_well(const struct head *head)
{
	if (!is_token(head->method) || head->path[0] != '/' || !is_target(head->path) ||
		!is_target(head->query))
		return false;
	for (size_t i = 0; i < head->header_count; i++)
		if (!is_token(head->headers[i].name) || is_glued(head->headers[i].name) ||
			!is_value(head->headers[i].value))
			return false;
	return true;
}

/* Read a length of digits alone: what else strtoll(3) takes, others might not. */
static int parse_length(const char *text, int64_t *length)
{
	enum { MOST_DIGITS = 15 };
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || text[digits])
		return 400;
	if (digits > MOST_DIGITS)
		return 413;
	*length = strtoll(text, NULL, 10);
	return 0;
}

/* Say how long the body is, if there is but one way to tell.
 * https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
static int measure(struct head *head, bool is_old)
{
	const char *coding = head_find(head, "Transfer-Encoding");
	const char *length = head_find(head, "Content-Length");

	head->length = 0;
	if (count_named(head, "Transfer-Encoding") + count_named(head, "Content-Length") > 1)
		return 400;
	if (length)
		return parse_length(length, &head->length);
	if (!coding)
		return 0;
	head->length = -1;
	if (is_old)
		return 400;
	return strcasecmp(coding, "chunked") == 0 ? 0 : 501;
}

int head_check(struct head *head, bool is_old)
{
	const char *host = head_find(head, "Host");

	if (!is_spelled_well(head) || (!host && !is_old) || count_named(head, "Host") > 1 ||
		count_named(head, "Origin") > 1)
		return 400;
	head->host = host ? host : "";
	return measure(head, is_old);
}

size_t head_bytes(const struct head *head, const char *version)
{
	size_t bytes = strlen(head->method) + strlen(" ") + head->target_bytes + strlen(" ") +
		strlen(version) + strlen("\r\n\r\n");

	for (size_t i = 0; i < head->header_count; i++)
		bytes += strlen(head->headers[i].name) + strlen(": ") +
			strlen(head->headers[i].value) + strlen("\r\n");
	return bytes;
}
