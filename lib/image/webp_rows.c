#include "image/webp_rows.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum {
	FEED = 4096,	  /* bytes that are given to the decoder at a time */
	FORGET = 2 << 20, /* of a plane at a time: a large page */
};

int webp_rows_fail(VP8StatusCode status, struct error *err)
{
	switch (status) {
	case VP8_STATUS_OUT_OF_MEMORY:
		return error_transient(err, "out of memory for a WebP");
	case VP8_STATUS_SUSPENDED:
	case VP8_STATUS_NOT_ENOUGH_DATA:
		return error_invalid(err, "broken WebP: the picture ends early");
	default:
		return error_invalid(err, "broken WebP: libwebp's status %d", (int)status);
	}
}

int webp_rows_init(struct webp_rows *webp, const unsigned char *bytes, size_t length,
	struct size size, struct error *err)
{
	const struct size half = {(size.width + 1) / 2, (size.height + 1) / 2};
	struct pixels *planes = webp->planes;
	size_t sizes[PIXELS_PLANES];

	webp->bytes = bytes;
	webp->length = length;
	for (int i = 0; i < PIXELS_PLANES; i++) {
		if (pixels_init(&planes[i], PIXELS_GRAY, i ? half : size, err))
			return -1;
		sizes[i] = planes[i].stride * (size_t)planes[i].size.height;
		memory_will_fill(planes[i].bytes, sizes[i]);
	}
	webp->decoder = WebPINewYUVA(planes[0].bytes, sizes[0], (int)planes[0].stride,
		planes[1].bytes, sizes[1], (int)planes[1].stride, planes[2].bytes, sizes[2],
		(int)planes[2].stride, NULL, 0, 0);
	return webp->decoder ? 0 : webp_rows_fail(VP8_STATUS_OUT_OF_MEMORY, err);
}

/* Decode until there are rows of luma past `end`. Return how many there are. */
static int decode_past(struct webp_rows *webp, int end, struct error *err)
{
	int ready = 0;

	while (!WebPIDecGetYUVA(
		       webp->decoder, &ready, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) ||
		ready <= end) {
		VP8StatusCode status;
		size_t left = webp->length - webp->given;

		if (left == 0)
			return webp_rows_fail(VP8_STATUS_NOT_ENOUGH_DATA, err);
		webp->given += left < FEED ? left : FEED;
		status = WebPIUpdate(webp->decoder, webp->bytes, webp->given);
		if (status != VP8_STATUS_OK && status != VP8_STATUS_SUSPENDED)
			return webp_rows_fail(status, err);
	}
	return ready;
}

static void copy_rows(struct webp_rows *webp, int plane, int ready, int most, struct rows *rows)
{
	const struct pixels *from = &webp->planes[plane];
	size_t done;

	if (ready > rows->end + most)
		ready = rows->end + most;
	for (; rows->end < ready; rows->end++)
		memcpy(rows_at(rows, rows->end), pixels_row(from, rows->end), from->stride);
	done = (size_t)rows->end * from->stride;
	if (done - webp->forgotten[plane] >= FORGET) {
		memory_forget(from->bytes + webp->forgotten[plane], FORGET);
		webp->forgotten[plane] += FORGET;
	}
}

int webp_rows_read(
	struct webp_rows *webp, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	int height = webp->planes[0].size.height, ready = height;

	if (planes[0]->end < height)
		ready = decode_past(webp, planes[0]->end, err);
	if (ready < 0)
		return -1;
	copy_rows(webp, 0, ready, WEBP_ROWS, planes[0]);
	/* the last row of an odd height has chroma of its own */
	ready = ready == height ? (height + 1) / 2 : ready / 2;
	for (int i = 1; i < PIXELS_PLANES; i++)
		copy_rows(webp, i, ready, WEBP_ROWS / 2, planes[i]);
	return 0;
}

void webp_rows_release(struct webp_rows *webp)
{
	WebPIDelete(webp->decoder);
	for (int i = 0; i < PIXELS_PLANES; i++)
		pixels_release(&webp->planes[i]);
	*webp = (struct webp_rows){0};
}
