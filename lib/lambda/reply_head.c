#include "lambda/reply_head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

static const char token_bytes[] = "!#$%&'*+-.^_`|~0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static int malformed(struct error *err, const char *what)
{
	return error_transient(err, "an answer that is not HTTP/1.1: %s", what);
}

size_t reply_head_find(const char *bytes, size_t length)
{
	for (size_t i = 3; i < length && i < REPLY_HEAD_MAX_BYTES; i++)
		if (bytes[i] == '\n' && memcmp(bytes + i - 3, "\r\n\r\n", 4) == 0)
			return i + 1;
	return 0;
}

/* Cut the next line, which ends in CRLF, out of the text; NULL if there is something in it that no
 * line has. */
static char *next_line(char **text, const char *end)
{
	char *line = *text, *at = line;

	while (at < end && *at != '\r') {
		if ((unsigned char)*at < ' ' && *at != '\t')
			return NULL;
		at++;
	}
	if (end - at < 2 || at[1] != '\n')
		return NULL;
	*at = '\0';
	*text = at + 2;
	return line;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Read "HTTP/1.1 202 Accepted", of which the words may be missing. */
static int parse_status(struct reply_head *head, const char *line)
{
	const char *code = line + 9;

	if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
		line[8] != ' ')
		return -1;
	if (code[0] < '1' || code[0] > '9' || !is_digit(code[1]) || !is_digit(code[2]))
		return -1;
	if (code[3] != ' ' && code[3] != '\0')
		return -1;
	head->status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
	head->kept = line[7] == '1';
	return 0;
}

/* Read "Name: value" and cut the spaces around the value off. */
static int parse_field(struct reply_head *head, char *line)
{
	size_t name = strspn(line, token_bytes);
	char *value = line + name + 1;
	size_t length;

	if (!name || line[name] != ':' || head->field_count == REPLY_HEAD_MAX_FIELDS)
		return -1;
	line[name] = '\0';
	value += strspn(value, " \t");
	length = strlen(value);
	while (length && strchr(" \t", value[length - 1]))
		value[--length] = '\0';
	head->fields[head->field_count++] = (struct header){line, value};
	return 0;
}

static size_t count_fields(const struct reply_head *head, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < head->field_count; i++)
		count += strcasecmp(head->fields[i].name, name) == 0;
	return count;
}

static int parse_length(struct reply_head *head, const char *digits)
{
	char *end;

	errno = 0;
	head->length = strtoull(digits, &end, 10);
	return !is_digit(*digits) || *end || errno ? -1 : 0;
}

/* Work out how the body ends (RFC 9112, section 6.3). */
static int find_body(struct reply_head *head, struct error *err)
{
	const char *length = reply_head_field(head, "Content-Length");
	const char *coding = reply_head_field(head, "Transfer-Encoding");
	const char *connection = reply_head_field(head, "Connection");

	if (connection && strcasecmp(connection, "close") == 0)
		head->kept = false;
	if (count_fields(head, "Content-Length") + count_fields(head, "Transfer-Encoding") > 1)
		return malformed(err, "it says twice how long it is");
	if (head->status < 200 || head->status == 204 || head->status == 304)
		return 0;
	if (coding) {
		head->body = REPLY_HEAD_CHUNKED;
		return strcasecmp(coding, "chunked") == 0 ? 0 : malformed(err, "a strange coding");
	}
	if (length)
		return parse_length(head, length) ? malformed(err, "a length that is none") : 0;
	head->body = REPLY_HEAD_CLOSED;
	head->kept = false;
	return 0;
}

int reply_head_parse(struct reply_head *head, const char *bytes, size_t length, struct error *err)
{
	const char *end;
	char *text, *line;

	reply_head_release(head);
	buffer_append(&head->text, bytes, length);
	text = head->text.bytes;
	end = text + length;
	line = next_line(&text, end);
	if (!line || parse_status(head, line))
		return malformed(err, "the status");
	while ((line = next_line(&text, end)) && *line)
		if (parse_field(head, line))
			return malformed(err, "a header");
	if (!line || text != end)
		return malformed(err, "a header");
	return find_body(head, err);
}

const char *reply_head_field(const struct reply_head *head, const char *name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}

void reply_head_release(struct reply_head *head)
{
	buffer_release(&head->text);
	*head = (struct reply_head){0};
}
