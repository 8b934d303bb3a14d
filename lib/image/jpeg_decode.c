#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "base/memory.h"

#include "image/exif.h"
#include "image/jpeg_failure.h"
#include "image/jpeg_markers.h"
#include "image/limits.h"
#include "image/source.h"

struct jpeg_decoder {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_failure failure;
	struct jpeg_source_mgr manager;
	struct jpeg_progress_mgr progress;
	struct jpeg_markers markers;
	struct source *in;
	struct image_limits limits;
	int inverted; /* CMYK where 0 is full ink: so Adobe writes it, and all others after it */
	size_t row_bytes;
};

/* libjpeg takes the source's bytes where they are. */
static void source_start(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static void hand_over(struct jpeg_decoder *decoder)
{
	struct source *in = decoder->in;

	decoder->manager.next_input_byte = in->bytes + in->at;
	decoder->manager.bytes_in_buffer = in->end - in->at;
	in->at = in->end;
}

static boolean source_fill(j_decompress_ptr jpeg)
{
	struct jpeg_decoder *decoder = (struct jpeg_decoder *)jpeg;
	ssize_t n = source_peek(decoder->in, 1, decoder->failure.err);

	if (n < 0)
		jpeg_failure_jump((j_common_ptr)jpeg);
	if (n == 0)
		ERREXIT(jpeg, JERR_INPUT_EOF);
	hand_over(decoder);
	return TRUE;
}

static void source_pass(j_decompress_ptr jpeg, long size)
{
	struct jpeg_decoder *decoder = (struct jpeg_decoder *)jpeg;
	struct jpeg_source_mgr *manager = &decoder->manager;

	if (size <= 0)
		return;
	if ((size_t)size <= manager->bytes_in_buffer) {
		manager->next_input_byte += size;
		manager->bytes_in_buffer -= (size_t)size;
		return;
	}
	size -= (long)manager->bytes_in_buffer;
	manager->bytes_in_buffer = 0;
	if (source_skip(decoder->in, (uint64_t)size, decoder->failure.err))
		jpeg_failure_jump((j_common_ptr)jpeg);
}

static void source_end(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static void watch_scans(j_common_ptr jpeg)
{
	struct jpeg_decoder *decoder = (struct jpeg_decoder *)jpeg;
	int scans = decoder->jpeg.input_scan_number;

	if (limits_scans(&decoder->limits, scans, decoder->failure.err))
		jpeg_failure_jump(jpeg);
}

/* A picture in many scans is kept in memory by libjpeg, as coefficients, and each scan costs a walk
 * over all of them. So its bytes are kept too, and the scans counted before any is decoded. */
static int count_scans(struct jpeg_decoder *decoder, struct error *err)
{
	struct source *in = decoder->in;
	int64_t scans;

	if (!decoder->limits.max_scans || !jpeg_has_multiple_scans(&decoder->jpeg))
		return 0;
	in->at = in->end - decoder->manager.bytes_in_buffer;
	if (source_peek(in, SIZE_MAX, err) < 0)
		return -1;
	scans = 1 + jpeg_markers_scans(in->bytes + in->at, in->end - in->at);
	hand_over(decoder);
	return limits_scans(&decoder->limits, scans, err);
}

static int choose_colors(struct jpeg_decoder *decoder, struct error *err)
{
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

	switch (jpeg->jpeg_color_space) {
	case JCS_GRAYSCALE:
		jpeg->out_color_space = JCS_GRAYSCALE;
		return 0;
	case JCS_RGB:
	case JCS_YCbCr:
		jpeg->out_color_space = JCS_RGB;
		return 0;
	case JCS_CMYK:
	case JCS_YCCK:
		jpeg->out_color_space = JCS_CMYK;
		decoder->inverted = 1;
		return 0;
	default:
		return error_invalid(err, "a JPEG of %d colour components", jpeg->num_components);
	}
}

static void decoder_close(void *state)
{
	struct jpeg_decoder *decoder = state;

	if (!decoder)
		return;
	jpeg_destroy_decompress(&decoder->jpeg);
	jpeg_markers_release(&decoder->markers);
	free(decoder);
}

static struct jpeg_decoder *decoder_new(struct source *in, struct error *err)
{
	struct jpeg_decoder *decoder = memory_new(1, sizeof(*decoder));

	decoder->in = in;
	decoder->jpeg.err = jpeg_failure_init(&decoder->failure, err);
	decoder->manager = (struct jpeg_source_mgr){.init_source = source_start,
		.fill_input_buffer = source_fill,
		.skip_input_data = source_pass,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = source_end};
	decoder->progress.progress_monitor = watch_scans;
	return decoder;
}

static int read_header(struct jpeg_decoder *decoder, const struct image_limits *limits,
	struct picture *picture, struct error *err)
{
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
	struct image_info *info = &picture->info;

	if (setjmp(decoder->failure.back))
		return -1;
	jpeg_create_decompress(jpeg);
	jpeg->src = &decoder->manager;
	jpeg->progress = &decoder->progress;
	jpeg->client_data = &decoder->markers;
	jpeg_markers_watch(jpeg);
	jpeg_read_header(jpeg, TRUE);
	info->format = IMAGE_JPEG;
	info->size = (struct size){(int)jpeg->image_width, (int)jpeg->image_height};
	info->frames = 1;
	if (limits_size(limits, info->size, err) || choose_colors(decoder, err))
		return -1;
	decoder->limits = *limits;
	return count_scans(decoder, err);
}

static void *decoder_open(struct source *in, const struct image_limits *limits,
	struct picture *picture, struct error *err)
{
	struct jpeg_decoder *decoder = decoder_new(in, err);
	const struct buffer *exif = &picture->metadata.exif;

	if (read_header(decoder, limits, picture, err)) {
		decoder_close(decoder);
		return NULL;
	}
	jpeg_markers_take(&decoder->markers, picture);
	picture->info.orientation =
		exif_orientation((const unsigned char *)exif->bytes, exif->length);
	return decoder;
}

/* The eighths by which libjpeg-turbo scales fast. Decoding at nearly twice the wanted size leaves
 * the better filter enough to work on. */
static unsigned eighths(const struct jpeg_decompress_struct *jpeg, double shrink)
{
	static const unsigned fast[] = {1, 2, 4};
	static const double enough = 1.9;

	/* Chroma that is stored at a third or a fourth of the size, as 4:1:1 has it, is not to be
	 * made smaller as early. */
	if (jpeg->max_h_samp_factor > 2 || jpeg->max_v_samp_factor > 2)
		shrink /= 2;
	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (shrink * fast[i] / 8 >= enough)
			return fast[i];
	return 8;
}

static int decoder_start(void *state, double shrink, struct raster *raster, struct error *err)
{
	struct jpeg_decoder *decoder = state;
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	jpeg->scale_num = eighths(jpeg, shrink);
	jpeg->scale_denom = 8;
	jpeg_start_decompress(jpeg);
	raster->kind = jpeg->out_color_space == JCS_GRAYSCALE ? PIXELS_GRAY
		: jpeg->out_color_space == JCS_CMYK	      ? PIXELS_CMYK
							      : PIXELS_RGB;
	raster->size = (struct size){(int)jpeg->output_width, (int)jpeg->output_height};
	raster->scale_x = raster->scale_y = jpeg->scale_num / 8.0;
	decoder->row_bytes = (size_t)jpeg->output_width * (size_t)jpeg->output_components;
	return 0;
}

static int decoder_read(void *state, unsigned char *row, struct error *err)
{
	struct jpeg_decoder *decoder = state;
	JSAMPROW rows[] = {row};

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	jpeg_read_scanlines(&decoder->jpeg, rows, 1);
	for (size_t i = 0; decoder->inverted && i < decoder->row_bytes; i++)
		row[i] = (unsigned char)(255 - row[i]);
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	struct jpeg_decoder *decoder = state;

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	jpeg_finish_decompress(&decoder->jpeg);
	return 0;
}

const struct decoder_ops jpeg_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
