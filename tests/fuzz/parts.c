#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"

#include "image/jpeg_coefficients.h"
#include "image/jpeg_failure.h"
#include "image/jpeg_huffman.h"

/* Whatever the bytes are, our parts of libjpeg make of them what its own make, or fail as well; of
 * bits that are no code libjpeg-turbo may make zeros, ours fail. The limits keep a run short. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MOST_PIXELS 65536
#define MOST_SCANS 50
#define FEW_BYTES 500
#define EXTRANEOUS -2

static const int all_kept[MAX_COMPONENTS] = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64};

struct feed {
	struct jpeg_source_mgr manager;
	const uint8_t *next;
	size_t left, most;
};

static void do_nothing(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static boolean feed_more(j_decompress_ptr jpeg)
{
	struct feed *feed = (struct feed *)jpeg->src;
	size_t size = feed->left < feed->most ? feed->left : feed->most;

	if (size == 0)
		ERREXIT(jpeg, JERR_INPUT_EOF);
	feed->manager.next_input_byte = feed->next;
	feed->manager.bytes_in_buffer = size;
	feed->next += size;
	feed->left -= size;
	return TRUE;
}

static void pass_over(j_decompress_ptr jpeg, long size)
{
	for (; size > 0; size--) {
		if (jpeg->src->bytes_in_buffer == 0)
			feed_more(jpeg);
		jpeg->src->bytes_in_buffer--;
		jpeg->src->next_input_byte++;
	}
}

/* Return how many bytes of rows were read, -1 if there are too many pixels or scans. */
static long read_rows(j_decompress_ptr jpeg, int ours, JSAMPLE *rows)
{
	long length = 0;

	if ((uint64_t)jpeg->image_width * jpeg->image_height > MOST_PIXELS)
		return -1;
	jpeg->do_block_smoothing = FALSE;
	jpeg->buffered_image = jpeg_has_multiple_scans(jpeg);
	jpeg_start_decompress(jpeg);
	if (ours)
		jpeg_huffman_take_over(jpeg);
	if (jpeg->buffered_image) {
		if (ours)
			jpeg_coefficients_take_over(jpeg, all_kept);
		while (jpeg_consume_input(jpeg) != JPEG_REACHED_EOI)
			if (jpeg->input_scan_number > MOST_SCANS)
				return -1;
		jpeg_start_output(jpeg, jpeg->input_scan_number);
	}
	while (jpeg->output_scanline < jpeg->output_height) {
		jpeg_read_scanlines(jpeg, &(JSAMPROW){rows + length}, 1);
		length += (long)jpeg->output_width * jpeg->output_components;
	}
	if (jpeg->buffered_image)
		jpeg_finish_output(jpeg);
	jpeg_finish_decompress(jpeg);
	return length;
}

/* Decode and return the length as above, or EXTRANEOUS: how many bytes are left over depends on how
 * many were looked at ahead. */
static long decode(const uint8_t *bytes, size_t size, int ours, JSAMPLE *rows)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_failure failure;
	struct error err = {0};
	struct feed feed = {
		{NULL, 0, do_nothing, feed_more, pass_over, jpeg_resync_to_restart, do_nothing},
		bytes, size, ours ? size : FEW_BYTES};
	volatile long length = -1;

	jpeg.err = jpeg_failure_init(&failure, &err);
	failure.bytes = bytes;
	jpeg_create_decompress(&jpeg);
	if (setjmp(failure.back) == 0) {
		jpeg.src = &feed.manager;
		jpeg_read_header(&jpeg, TRUE);
		length = read_rows(&jpeg, ours, rows);
	}
	jpeg_destroy_decompress(&jpeg);
	return strstr(err.text, "extraneous") ? EXTRANEOUS : length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	JSAMPLE *wanted = malloc(MOST_PIXELS * 4), *found = malloc(MOST_PIXELS * 4);
	long length = size > 0 ? decode(bytes, size, 0, wanted) : -1;
	long ours = size > 0 ? decode(bytes, size, 1, found) : -1;

	if (ours != length && ours != EXTRANEOUS && length != EXTRANEOUS)
		abort();
	if (ours > 0 && ours == length && memcmp(found, wanted, (size_t)ours) != 0)
		abort();
	free(wanted);
	free(found);
	return 0;
}
