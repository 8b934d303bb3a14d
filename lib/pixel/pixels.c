#include "pixel/pixels.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

#include "pixel/simd.h"

int pixels_channels(enum pixels_kind kind)
{
	static const int channels[] = {
		[PIXELS_GRAY] = 1,
		[PIXELS_GRAY_ALPHA] = 2,
		[PIXELS_RGB] = 3,
		[PIXELS_RGBA] = 4,
		[PIXELS_CMYK] = 4,
		[PIXELS_YCC] = 1,
		[PIXELS_YCC_VIDEO] = 1,
	};

	return channels[kind];
}

int pixels_planes(enum pixels_kind kind)
{
	return kind == PIXELS_YCC || kind == PIXELS_YCC_VIDEO ? PIXELS_PLANES : 1;
}

int pixels_have_alpha(enum pixels_kind kind)
{
	return kind == PIXELS_GRAY_ALPHA || kind == PIXELS_RGBA;
}

enum pixels_kind pixels_opaque(enum pixels_kind kind)
{
	return kind == PIXELS_GRAY_ALPHA ? PIXELS_GRAY : kind == PIXELS_RGBA ? PIXELS_RGB : kind;
}

enum pixels_kind pixels_transparent(enum pixels_kind kind)
{
	return kind == PIXELS_GRAY ? PIXELS_GRAY_ALPHA : kind == PIXELS_RGB ? PIXELS_RGBA : kind;
}

void *pixels_room(size_t count, size_t size, struct error *err)
{
	void *bytes = NULL;

	if (size == 0 || count <= SIZE_MAX / size)
		bytes = calloc(count ? count : 1, size ? size : 1);
	if (!bytes)
		error_transient(err, "out of memory for %zu times %zu bytes", count, size);
	return bytes;
}

int pixels_init(struct pixels *pixels, enum pixels_kind kind, struct size size, struct error *err)
{
	size_t stride = (size_t)size.width * (size_t)pixels_channels(kind);

	/* rows more than there are, since one may be shorter than the slack */
	pixels->bytes = pixels_room((size_t)size.height + SIMD_SLACK, stride, err);
	if (!pixels->bytes)
		return -1;
	pixels->kind = kind;
	pixels->size = size;
	pixels->stride = stride;
	return 0;
}

unsigned char *pixels_row(const struct pixels *pixels, int y)
{
	return pixels->bytes + (size_t)y * pixels->stride;
}

void pixels_release(struct pixels *pixels)
{
	free(pixels->bytes);
	*pixels = (struct pixels){0};
}
