#include "base/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"

ssize_t stream_read(struct stream *in, void *bytes, size_t size, struct error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = in->ops->read(in->state, (char *)bytes + done, size - done, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int stream_skip(struct stream *in, uint64_t size, struct error *err)
{
	char unread[4096];

	if (in->ops->skip)
		return in->ops->skip(in->state, size, err);
	while (size > 0) {
		size_t part = size < sizeof(unread) ? (size_t)size : sizeof(unread);
		ssize_t n = in->ops->read(in->state, unread, part, err);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		size -= (uint64_t)n;
	}
	return 0;
}

int stream_verify(struct stream *in, struct error *err)
{
	return in->ops->verify ? in->ops->verify(in->state, err) : 0;
}

int stream_write(struct stream *out, const void *bytes, size_t size, struct error *err)
{
	if (out->ops->write(out->state, bytes, size, err))
		return -1;
	out->written += size;
	return 0;
}

int stream_commit(struct stream *out, struct error *err)
{
	return out->ops->commit(out->state, err);
}

void stream_close(struct stream *stream)
{
	if (stream->ops && stream->ops->close)
		stream->ops->close(stream->state);
	*stream = (struct stream){0};
}

struct memory {
	const char *bytes;
	size_t left;
};

static ssize_t memory_read(void *state, void *bytes, size_t size, struct error *err)
{
	struct memory *memory = state;

	(void)err;
	if (size > memory->left)
		size = memory->left;
	if (size)
		memcpy(bytes, memory->bytes, size);
	memory->bytes += size;
	memory->left -= size;
	return (ssize_t)size;
}

static const struct stream_ops memory_ops = {.read = memory_read, .close = free};

void stream_from_memory(struct stream *in, const void *bytes, size_t size)
{
	struct memory *memory = memory_new(1, sizeof(*memory));

	memory->bytes = bytes;
	memory->left = size;
	*in = (struct stream){.ops = &memory_ops, .state = memory};
}

static int sink_write(void *state, const void *bytes, size_t size, struct error *err)
{
	(void)err;
	if (state)
		buffer_append(state, bytes, size);
	return 0;
}

static int sink_commit(void *state, struct error *err)
{
	(void)state, (void)err;
	return 0;
}

static const struct stream_ops sink_ops = {.write = sink_write, .commit = sink_commit};

void stream_to_buffer(struct stream *out, struct buffer *sink)
{
	*out = (struct stream){.ops = &sink_ops, .state = sink};
}

void stream_to_nowhere(struct stream *out)
{
	*out = (struct stream){.ops = &sink_ops};
}
