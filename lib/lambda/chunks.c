#include "lambda/chunks.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"

/* Lengths have at most so many digits; extensions and trailers, which nobody reads, so many bytes.
 */
enum { MAX_DIGITS = 15, MAX_EXTRA = 8192 };

static int malformed(struct error *err)
{
	return error_transient(err, "an answer that is not HTTP/1.1: a chunk");
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Take a byte of a chunk's length, or the first behind it. */
static int take_size(struct chunks *chunks, char c)
{
	int value = hex_value(c);

	if (value >= 0 && chunks->digits < MAX_DIGITS) {
		chunks->left = chunks->left << 4 | (uint64_t)value;
		chunks->digits++;
		return 0;
	}
	if (!chunks->digits || value >= 0 || !memchr("\r; \t", c, 4))
		return -1;
	chunks->state = CHUNKS_EXTENSION;
	return 0;
}

/* Take a byte of a line; 1 if it ends there. */
static int take_line(struct chunks *chunks, char c)
{
	if (++chunks->extra > MAX_EXTRA)
		return -1;
	if ((c == '\n') != (chunks->before == '\r'))
		return -1;
	if (c != '\n')
		chunks->line += c != '\r';
	return c == '\n';
}

/* Take a byte that is none of a chunk's own. */
static int take(struct chunks *chunks, char c)
{
	int ended;

	if (chunks->state == CHUNKS_SIZE) {
		ended = take_size(chunks, c);
		chunks->before = c;
		return ended;
	}
	ended = take_line(chunks, c);
	chunks->before = c;
	if (ended <= 0)
		return ended;
	if (chunks->state == CHUNKS_EXTENSION) {
		chunks->state = chunks->left ? CHUNKS_BYTES : CHUNKS_TRAILER;
	} else if (chunks->state == CHUNKS_AFTER) {
		if (chunks->line)
			return -1;
		chunks->state = CHUNKS_SIZE;
		chunks->digits = 0;
	} else if (!chunks->line) {
		chunks->state = CHUNKS_END;
	}
	chunks->line = 0;
	chunks->before = '\0';
	return 0;
}

int chunks_decode(struct chunks *chunks, const char *bytes, size_t length, size_t max_bytes,
	struct buffer *body, size_t *used, struct error *err)
{
	size_t at = 0;

	while (at < length && chunks->state != CHUNKS_END) {
		size_t part = length - at;

		if (chunks->state != CHUNKS_BYTES) {
			if (take(chunks, bytes[at++]))
				return malformed(err);
			if (chunks->left > max_bytes - body->length)
				return error_limit(err, "a body of more than %zu bytes", max_bytes);
			continue;
		}
		part = part < chunks->left ? part : (size_t)chunks->left;
		buffer_append(body, bytes + at, part);
		at += part;
		chunks->left -= part;
		if (!chunks->left)
			chunks->state = CHUNKS_AFTER;
	}
	*used = at;
	return chunks->state == CHUNKS_END;
}
