#include "image/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/stream.h"

/* Read this much at least: few calls, and little memory. */
#define PIECE ((size_t)32 * 1024)

void source_init(struct source *source, struct stream *in)
{
	*source = (struct source){.in = in};
}

static int make_room(struct source *source, size_t size, struct error *err)
{
	size_t held = source->end - source->at, capacity = source->capacity;
	unsigned char *bytes;

	if (held && source->at)
		memmove(source->bytes, source->bytes + source->at, held);
	source->at = 0;
	source->end = held;
	if (capacity - held >= size)
		return 0;
	if (size > SIZE_MAX / 4 || held > SIZE_MAX / 4)
		return error_transient(err, "out of memory for %zu more bytes", size);
	capacity = held + size > capacity + capacity / 2 ? held + size : capacity + capacity / 2;
	bytes = realloc(source->bytes, capacity);
	if (!bytes)
		return error_transient(err, "out of memory for %zu bytes of picture", capacity);
	source->bytes = bytes;
	source->capacity = capacity;
	return 0;
}

/* Read a piece more: what a header claims is never allocated before it has come. */
static int read_piece(struct source *source, struct error *err)
{
	ssize_t n;

	if (make_room(source, PIECE, err))
		return -1;
	n = stream_read(source->in, source->bytes + source->end, PIECE, err);
	if (n < 0)
		return -1;
	source->end += (size_t)n;
	source->ended = (size_t)n < PIECE;
	return 0;
}

ssize_t source_peek(struct source *source, size_t size, struct error *err)
{
	while (source->end - source->at < size && !source->ended)
		if (read_piece(source, err))
			return -1;
	return (ssize_t)(source->end - source->at < size ? source->end - source->at : size);
}

ssize_t source_read(struct source *source, void *bytes, size_t size, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		size_t part = source->end - source->at;

		if (part == 0) {
			if (source->ended)
				break;
			if (read_piece(source, err))
				return -1;
			continue;
		}
		if (part > size - done)
			part = size - done;
		memcpy((char *)bytes + done, source->bytes + source->at, part);
		source->at += part;
		done += part;
	}
	return (ssize_t)done;
}

int source_skip(struct source *source, uint64_t size, struct error *err)
{
	size_t held = source->end - source->at;

	if (size <= held) {
		source->at += (size_t)size;
		return 0;
	}
	source->at = source->end;
	if (source->ended)
		return 0;
	return stream_skip(source->in, size - held, err);
}

void source_release(struct source *source)
{
	free(source->bytes);
	*source = (struct source){0};
}
