#include "image/png_inflate.h"

#include <stdint.h>
#include <stdlib.h>

#ifdef IMAGE_HAS_ISAL
#include <isa-l.h>
#else
#include <zlib.h>
#endif

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"

#include "image/png_isal.h"

/* Both libraries count in 32 bits. */
#define MOST_AT_ONCE ((size_t)1 << 30)
#define SCRATCH_BYTES ((size_t)32 * 1024)
#define LARGEST_WINDOW 7

enum progress { MORE, ENDED, BROKEN };

#ifdef IMAGE_HAS_ISAL

struct library {
	struct inflate_state state;
};

static void library_begin(struct library *library)
{
	isal_inflate_init(&library->state);
	library->state.crc_flag = ISAL_ZLIB; /* it checks the Adler-32, too */
}

static void library_end(struct library *library)
{
	(void)library;
}

/* Turn `*in_size` bytes into at most `*out_size`; leave how many of both are left. */
static enum progress library_work(struct library *library, const unsigned char *in, size_t *in_size,
	unsigned char *out, size_t *out_size)
{
	struct inflate_state *state = &library->state;
	int rc;

	/* Only whether a distance reaches back further than this is looked up here; wrapped
	 * around, it would refuse what is right. */
	if (state->total_out > UINT32_MAX / 2)
		state->total_out = UINT32_MAX / 4;
	state->next_in = (uint8_t *)(uintptr_t)in;
	state->avail_in = (uint32_t)*in_size;
	state->next_out = out;
	state->avail_out = (uint32_t)*out_size;
	rc = isal_inflate(state);
	png_isal_leave();
	*in_size = state->avail_in;
	*out_size = state->avail_out;
	if (rc != ISAL_DECOMP_OK && rc != ISAL_END_INPUT)
		return BROKEN;
	return state->block_state == ISAL_BLOCK_FINISH ? ENDED : MORE;
}

unsigned long png_inflate_crc(unsigned long crc, const unsigned char *bytes, size_t size)
{
	uint32_t more = crc32_gzip_refl((uint32_t)crc, bytes, size);

	png_isal_leave();
	return more;
}

void png_inflate_version(struct buffer *lines)
{
	buffer_format(lines, "ISA-L %d.%d.%d\n", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
		ISAL_PATCH_VERSION);
}

#else

struct library {
	z_stream stream;
};

static void library_begin(struct library *library)
{
	if (inflateInit(&library->stream) != Z_OK)
		memory_exhausted();
}

static void library_end(struct library *library)
{
	inflateEnd(&library->stream);
}

static enum progress library_work(struct library *library, const unsigned char *in, size_t *in_size,
	unsigned char *out, size_t *out_size)
{
	z_stream *stream = &library->stream;
	int rc;

	stream->next_in = (Bytef *)(uintptr_t)in;
	stream->avail_in = (uInt)*in_size;
	stream->next_out = out;
	stream->avail_out = (uInt)*out_size;
	rc = inflate(stream, Z_NO_FLUSH);
	*in_size = stream->avail_in;
	*out_size = stream->avail_out;
	if (rc == Z_STREAM_END)
		return ENDED;
	return rc == Z_OK || rc == Z_BUF_ERROR ? MORE : BROKEN;
}

unsigned long png_inflate_crc(unsigned long crc, const unsigned char *bytes, size_t size)
{
	return crc32_z(crc, bytes, size);
}

void png_inflate_version(struct buffer *lines)
{
	buffer_format(lines, "zlib %s\n", zlibVersion());
}

#endif

struct png_inflate {
	const struct bytes *stream;
	size_t taken;
	enum progress progress;
	struct library library;
};

struct png_inflate *png_inflate_new(const struct bytes *stream)
{
	struct png_inflate *inflate = memory_new(1, sizeof(*inflate));

	inflate->stream = stream;
	library_begin(&inflate->library);
	if (stream->size > 0 && stream->at[0] >> 4 > LARGEST_WINDOW)
		inflate->progress = BROKEN;
	return inflate;
}

void png_inflate_free(struct png_inflate *inflate)
{
	if (!inflate)
		return;
	library_end(&inflate->library);
	free(inflate);
}

/* Write at most `size` bytes, and return how many. Fewer are the end of one or the other, as
 * `progress` tells. */
static size_t work(struct png_inflate *inflate, unsigned char *to, size_t size)
{
	size_t done = 0;

	while (done < size && inflate->progress == MORE) {
		size_t held = inflate->stream->size - inflate->taken;
		size_t given = held < MOST_AT_ONCE ? held : MOST_AT_ONCE, in = given;
		size_t room = size - done < MOST_AT_ONCE ? size - done : MOST_AT_ONCE, out = room;

		inflate->progress = library_work(&inflate->library,
			inflate->stream->at + inflate->taken, &in, to + done, &out);
		inflate->taken += given - in;
		done += room - out;
		if (given == in && room == out)
			break;
	}
	return done;
}

static int fail(const struct png_inflate *inflate, struct error *err)
{
	if (inflate->progress == BROKEN)
		return error_invalid(err, "broken PNG: what was deflated does not inflate");
	return error_invalid(err, "broken PNG: not enough image data");
}

int png_inflate_read(struct png_inflate *inflate, unsigned char *to, size_t size, struct error *err)
{
	return work(inflate, to, size) < size ? fail(inflate, err) : 0;
}

int png_inflate_finish(struct png_inflate *inflate, struct error *err)
{
	unsigned char scratch[SCRATCH_BYTES];
	size_t excess = 0, more;

	do {
		more = work(inflate, scratch, sizeof(scratch));
		excess += more;
		if (excess > PNG_INFLATE_EXCESS)
			return error_invalid(err, "broken PNG: far more image data than pixels");
	} while (more > 0 && inflate->progress == MORE);
	return inflate->progress == ENDED ? 0 : fail(inflate, err);
}
