#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"
#include "base/memory.h"

#include "pixel/pyramid.h"
#include "pixel/rows.h"

#include "image/exif.h"
#include "image/jpeg_coefficients.h"
#include "image/jpeg_failure.h"
#include "image/jpeg_huffman.h"
#include "image/jpeg_markers.h"
#include "image/jpeg_parts.h"
#include "image/jpeg_scans.h"
#include "image/jpeg_tables.h"
#include "image/limits.h"
#include "image/source.h"

/* Rows of a plane that come at a time, at most. */
#define MOST_ROWS (MAX_SAMP_FACTOR * DCTSIZE)

struct jpeg_decoder {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_failure failure;
	struct jpeg_source_mgr manager;
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
	decoder->failure.bytes = in->bytes;
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

/* A picture in many scans is kept in memory, as coefficients, and each scan costs a walk over all
 * of them. So its bytes are kept too, and the scans counted before any is decoded. */
static int count_scans(struct jpeg_decoder *decoder, struct error *err)
{
	struct source *in = decoder->in;
	int64_t scans;

	if (!jpeg_has_multiple_scans(&decoder->jpeg))
		return 0;
	in->at = in->end - decoder->manager.bytes_in_buffer;
	if (source_peek(in, SIZE_MAX, err) < 0)
		return -1;
	scans = 1 + jpeg_scans_count(in->bytes + in->at, in->end - in->at);
	hand_over(decoder);
	return limits_scans(&decoder->limits, scans, err);
}

/* The rest of the file is in memory, where it can be made shorter. */
static void leave_out_scans(struct jpeg_decoder *decoder, int kept[MAX_COMPONENTS])
{
	struct jpeg_source_mgr *manager = &decoder->manager;
	unsigned char *bytes = decoder->in->bytes + decoder->in->end - manager->bytes_in_buffer;

	manager->bytes_in_buffer =
		jpeg_scans_thin(&decoder->jpeg, bytes, manager->bytes_in_buffer, kept);
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

/* The first component is the luminance, but in an RGB JPEG, which has one table for all. libjpeg
 * looks at a table's number only once it decodes. */
static int quality(const struct jpeg_decompress_struct *jpeg)
{
	int number = jpeg->comp_info[0].quant_tbl_no;
	const JQUANT_TBL *table = NULL;

	if (number >= 0 && number < NUM_QUANT_TBLS)
		table = jpeg->quant_tbl_ptrs[number];
	return table ? jpeg_tables_quality(table->quantval) : 0;
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
	jpeg->client_data = &decoder->markers;
	jpeg_markers_watch(jpeg);
	jpeg_read_header(jpeg, TRUE);
	info->format = IMAGE_JPEG;
	info->size = (struct size){(int)jpeg->image_width, (int)jpeg->image_height};
	info->frames = 1;
	info->jpeg_quality = quality(jpeg);
	if (limits_size(limits, info->size, err) || choose_colors(decoder, err))
		return -1;
	info->is_cmyk = jpeg->out_color_space == JCS_CMYK;
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

/* The eighths by which libjpeg-turbo scales fast. */
static unsigned eighths(const struct jpeg_decompress_struct *jpeg, double shrink)
{
	static const unsigned fast[] = {1, 2, 4};

	/* Chroma that is stored at a third or a fourth of the size, as 4:1:1 has it, is not to be
	 * made smaller as early. */
	if (jpeg->max_h_samp_factor > 2 || jpeg->max_v_samp_factor > 2)
		shrink /= 2;
	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (shrink * fast[i] / 8 >= PYRAMID_ENOUGH)
			return fast[i];
	return 8;
}

/* Y, Cb and Cr, or gray, come as libjpeg has them, in planes; it would spend more time on joining
 * them to pixels of the full size than we do on making them small first. */
static int comes_in_planes(const struct jpeg_decompress_struct *jpeg)
{
	return jpeg->jpeg_color_space == JCS_GRAYSCALE || jpeg->jpeg_color_space == JCS_YCbCr;
}

static void describe_plane(
	const struct jpeg_decompress_struct *jpeg, int number, struct raster_plane *plane)
{
	const jpeg_component_info *component = &jpeg->comp_info[number];
	int across = JPEG_BLOCK_WIDTH(component), down = JPEG_BLOCK_HEIGHT(component);

	plane->size.width = (int)component->downsampled_width;
	plane->size.height = (int)component->downsampled_height;
	plane->scale_x = component->h_samp_factor * across / (jpeg->max_h_samp_factor * 8.0);
	plane->scale_y = component->v_samp_factor * down / (jpeg->max_v_samp_factor * 8.0);
	plane->rows = component->v_samp_factor * down;
	plane->row_bytes = component->width_in_blocks * (size_t)across;
}

static void describe_pixels(const struct jpeg_decompress_struct *jpeg, struct raster *raster)
{
	struct raster_plane *plane = &raster->plane[0];

	plane->size = (struct size){(int)jpeg->output_width, (int)jpeg->output_height};
	plane->scale_x = plane->scale_y = jpeg->scale_num / (double)jpeg->scale_denom;
	plane->rows = 1;
	plane->row_bytes = jpeg->output_width * (size_t)jpeg->output_components;
}

/* libjpeg takes for gray what no scan has. It sets the table of steps when a component's first scan
 * starts; of a progressive picture that has to bring the means. */
static int has_come(const struct jpeg_decompress_struct *jpeg, int component)
{
	return jpeg->comp_info[component].quant_table &&
		(!jpeg->coef_bits || jpeg->coef_bits[component][0] >= 0);
}

/* Read the scans of a picture that has many, all before the first row. */
static int read_scans(
	struct jpeg_decoder *decoder, const int kept[MAX_COMPONENTS], struct error *err)
{
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;

	jpeg_coefficients_take_over(jpeg, kept);
	while (jpeg_consume_input(jpeg) != JPEG_REACHED_EOI)
		if (limits_scans(&decoder->limits, jpeg->input_scan_number, err))
			return -1;
	for (int i = 0; i < jpeg->num_components; i++)
		if (!has_come(jpeg, i))
			return error_invalid(err, "broken JPEG: a colour component is missing");
	jpeg_start_output(jpeg, jpeg->input_scan_number);
	return 0;
}

static int decoder_start(
	void *state, const struct wanted *wanted, struct raster *raster, struct error *err)
{
	struct jpeg_decoder *decoder = state;
	struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
	int kept[MAX_COMPONENTS];

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	jpeg->scale_num = wanted->pixels ? 8 : eighths(jpeg, wanted->shrink);
	jpeg->scale_denom = 8;
	if (jpeg_has_multiple_scans(jpeg))
		leave_out_scans(decoder, kept);
	jpeg->raw_data_out = comes_in_planes(jpeg) && !wanted->pixels;
	jpeg->buffered_image = jpeg_has_multiple_scans(jpeg);
	jpeg_start_decompress(jpeg);
	jpeg_huffman_take_over(jpeg);
	if (jpeg->buffered_image && read_scans(decoder, kept, err))
		return -1;
	raster->kind = jpeg->jpeg_color_space == JCS_GRAYSCALE ? PIXELS_GRAY
		: jpeg->raw_data_out			       ? PIXELS_YCC
		: jpeg->out_color_space == JCS_CMYK	       ? PIXELS_CMYK
							       : PIXELS_RGB;
	for (int i = 0; jpeg->raw_data_out && i < jpeg->num_components; i++)
		describe_plane(jpeg, i, &raster->plane[i]);
	if (!jpeg->raw_data_out)
		describe_pixels(jpeg, raster);
	decoder->row_bytes = raster->plane[0].row_bytes;
	return 0;
}

/* Append what one row of blocks makes of each plane; the last may have rows too many. */
static void read_planes(
	struct jpeg_decompress_struct *jpeg, struct rows *const planes[PIXELS_PLANES])
{
	JSAMPROW rows[PIXELS_PLANES][MOST_ROWS];
	JSAMPARRAY arrays[PIXELS_PLANES];

	for (int i = 0; i < jpeg->num_components; i++) {
		const jpeg_component_info *component = &jpeg->comp_info[i];

		for (int k = 0; k < component->v_samp_factor * JPEG_BLOCK_HEIGHT(component); k++)
			rows[i][k] = rows_at(planes[i], planes[i]->end + k);
		arrays[i] = rows[i];
	}
	jpeg_read_raw_data(jpeg, arrays, MOST_ROWS);
	for (int i = 0; i < jpeg->num_components; i++) {
		const jpeg_component_info *component = &jpeg->comp_info[i];
		int height = (int)component->downsampled_height;

		planes[i]->end += component->v_samp_factor * JPEG_BLOCK_HEIGHT(component);
		if (planes[i]->end > height)
			planes[i]->end = height;
	}
}

static void read_pixels(struct jpeg_decoder *decoder, struct rows *rows)
{
	JSAMPROW row = rows_at(rows, rows->end++);

	jpeg_read_scanlines(&decoder->jpeg, &row, 1);
	for (size_t i = 0; decoder->inverted && i < decoder->row_bytes; i++)
		row[i] = (unsigned char)(255 - row[i]);
}

static int decoder_read(void *state, struct rows *const planes[PIXELS_PLANES], struct error *err)
{
	struct jpeg_decoder *decoder = state;

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	if (decoder->jpeg.raw_data_out)
		read_planes(&decoder->jpeg, planes);
	else
		read_pixels(decoder, planes[0]);
	return 0;
}

static int decoder_finish(void *state, struct error *err)
{
	struct jpeg_decoder *decoder = state;

	decoder->failure.err = err;
	if (setjmp(decoder->failure.back))
		return -1;
	if (decoder->jpeg.buffered_image)
		jpeg_finish_output(&decoder->jpeg);
	jpeg_finish_decompress(&decoder->jpeg);
	return 0;
}

const struct decoder_ops jpeg_decoder = {
	decoder_open, decoder_start, decoder_read, decoder_finish, decoder_close};
