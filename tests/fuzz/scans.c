#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "image/jpeg_scans.h"

/* Whatever the bytes are, what is left is shorter, ends where the file does, and decodes without a
 * fault if the whole does. The limits keep a run short. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MOST_PIXELS 65536
#define MOST_SCANS 200

struct reading {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf back;
	unsigned char *bytes;
};

static void fail(j_common_ptr jpeg)
{
	struct reading *reading = (struct reading *)jpeg;

	longjmp(reading->back, 1);
}

static void warn(j_common_ptr jpeg, int level)
{
	if (level < 0)
		jpeg->err->num_warnings++;
}

static void watch_scans(j_common_ptr jpeg)
{
	if (((j_decompress_ptr)jpeg)->input_scan_number > MOST_SCANS)
		fail(jpeg);
}

static void thin(j_decompress_ptr jpeg)
{
	size_t size = jpeg->src->bytes_in_buffer, left;
	unsigned char *bytes = ((struct reading *)jpeg)->bytes;
	const unsigned char *rest = jpeg->src->next_input_byte;
	int kept[MAX_COMPONENTS];

	left = jpeg_scans_thin(jpeg, bytes + (rest - bytes), size, kept);
	if (left > size || (left < size && memcmp(rest + left - 2, "\xff\xd9", 2) != 0))
		abort();
	jpeg->src->bytes_in_buffer = left;
}

static void decode(j_decompress_ptr jpeg)
{
	unsigned char row[MOST_PIXELS * 4];
	JSAMPROW rows[] = {row};

	jpeg_start_decompress(jpeg);
	while (jpeg->output_scanline < jpeg->output_height)
		jpeg_read_scanlines(jpeg, rows, 1);
	jpeg_finish_decompress(jpeg);
}

/* Decode with or without all scans. Return -1 if that fails, else the number of warnings. */
static long try(struct reading *reading, const uint8_t *bytes, size_t size, int whole)
{
	j_decompress_ptr jpeg = &reading->jpeg;
	volatile long warnings = -1;

	memcpy(reading->bytes, bytes, size);
	jpeg->err = jpeg_std_error(&reading->errors);
	reading->errors.error_exit = fail;
	reading->errors.emit_message = warn;
	reading->progress.progress_monitor = watch_scans;
	jpeg_create_decompress(jpeg);
	jpeg->progress = &reading->progress;
	if (setjmp(reading->back))
		goto out;
	jpeg_mem_src(jpeg, reading->bytes, size);
	jpeg_read_header(jpeg, TRUE);
	if ((uint64_t)jpeg->image_width * jpeg->image_height > MOST_PIXELS)
		goto out;
	jpeg->scale_num = 1U << size % 4;
	jpeg->scale_denom = 8;
	if (!whole)
		thin(jpeg);
	decode(jpeg);
	warnings = reading->errors.num_warnings;
out:
	jpeg_destroy_decompress(jpeg);
	return warnings;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	reading->bytes = malloc(size + 1);
	if (size > 0 && try(reading, bytes, size, 1) == 0 && try(reading, bytes, size, 0) != 0)
		abort();
	if (size > 0)
		try(reading, bytes, size, 0);
	free(reading->bytes);
	free(reading);
	return 0;
}
