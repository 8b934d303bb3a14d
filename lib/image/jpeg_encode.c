#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/memory.h"
#include "base/stream.h"

#include "image/jpeg_failure.h"
#include "image/jpeg_markers.h"

#define PIECE 16384

struct jpeg_encoder {
	struct jpeg_compress_struct jpeg;
	struct jpeg_failure failure;
	struct jpeg_destination_mgr manager;
	struct stream *out;
	unsigned char piece[PIECE];
};

static void piece_start(j_compress_ptr jpeg)
{
	struct jpeg_encoder *encoder = (struct jpeg_encoder *)jpeg;

	encoder->manager.next_output_byte = encoder->piece;
	encoder->manager.free_in_buffer = PIECE;
}

static void write_piece(struct jpeg_encoder *encoder, size_t size)
{
	if (size && stream_write(encoder->out, encoder->piece, size, encoder->failure.err))
		jpeg_failure_jump((j_common_ptr)&encoder->jpeg);
}

static boolean piece_full(j_compress_ptr jpeg)
{
	write_piece((struct jpeg_encoder *)jpeg, PIECE);
	piece_start(jpeg);
	return TRUE;
}

static void piece_end(j_compress_ptr jpeg)
{
	struct jpeg_encoder *encoder = (struct jpeg_encoder *)jpeg;

	write_piece(encoder, PIECE - encoder->manager.free_in_buffer);
}

static void encoder_close(void *state)
{
	struct jpeg_encoder *encoder = state;

	if (!encoder)
		return;
	jpeg_destroy_compress(&encoder->jpeg);
	free(encoder);
}

/* Huffman tables of the picture's own make it smaller by some 5 % if it's a thumbnail, 2 % at 320
 * pixels a side and 1 % at 1024, for about as long again as encoding takes: which is nothing beside
 * the decoding of what was made a thumbnail. */
static int has_own_tables(const struct encoding *encoding)
{
	int64_t pixels = (int64_t)encoding->size.width * encoding->size.height;

	return pixels <= 1 << 17 || encoding->effort > 4;
}

static void describe(struct jpeg_compress_struct *jpeg, const struct encoding *encoding)
{
	jpeg->image_width = (JDIMENSION)encoding->size.width;
	jpeg->image_height = (JDIMENSION)encoding->size.height;
	jpeg->input_components = encoding->kind == PIXELS_GRAY ? 1 : 3;
	jpeg->in_color_space = encoding->kind == PIXELS_GRAY ? JCS_GRAYSCALE
		: encoding->kind == PIXELS_YCC		     ? JCS_YCbCr
							     : JCS_RGB;
	jpeg_set_defaults(jpeg); /* 4:2:0 */
	if (encoding->full_chroma)
		jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
	jpeg->raw_data_in = encoding->kind == PIXELS_YCC;
	jpeg_set_quality(jpeg, encoding->quality, TRUE);
	jpeg->optimize_coding = has_own_tables(encoding);
	if (encoding->progressive)
		jpeg_simple_progression(jpeg);
}

static int write_header(struct jpeg_encoder *encoder, const struct encoding *encoding)
{
	struct jpeg_compress_struct *jpeg = &encoder->jpeg;

	if (setjmp(encoder->failure.back))
		return -1;
	jpeg_create_compress(jpeg);
	jpeg->dest = &encoder->manager;
	describe(jpeg, encoding);
	jpeg_start_compress(jpeg, TRUE);
	jpeg_markers_write(jpeg, encoding->metadata);
	return 0;
}

static void *encoder_open(struct stream *out, const struct encoding *encoding, struct error *err)
{
	struct jpeg_encoder *encoder = memory_new(1, sizeof(*encoder));

	encoder->out = out;
	encoder->jpeg.err = jpeg_failure_init(&encoder->failure, err);
	encoder->manager = (struct jpeg_destination_mgr){.init_destination = piece_start,
		.empty_output_buffer = piece_full,
		.term_destination = piece_end};
	if (write_header(encoder, encoding)) {
		encoder_close(encoder);
		return NULL;
	}
	return encoder;
}

static void write_pixels(struct jpeg_compress_struct *jpeg, const struct strip *strip)
{
	for (int y = 0; y < strip->rows; y++) {
		JSAMPROW row = strip->plane[0] + (size_t)y * strip->stride[0];

		jpeg_write_scanlines(jpeg, &row, 1);
	}
}

/* Point to `count` rows of a plane from `first` on, of which `there` are; the last stands in for
 * the rest. Each is filled up to the end of its last block. */
static void point_to_rows(const struct strip *strip, int plane,
	const jpeg_component_info *component, int first, int there, JSAMPROW *rows)
{
	int count = component->v_samp_factor * DCTSIZE;
	size_t width = component->downsampled_width;
	size_t whole = (size_t)component->width_in_blocks * DCTSIZE;

	for (int k = 0; k < count; k++) {
		int y = first + k < there ? first + k : there - 1;

		rows[k] = strip->plane[plane] + (size_t)y * strip->stride[plane];
		memset(rows[k] + width, rows[k][width - 1], whole - width);
	}
}

/* libjpeg takes a row of blocks at a time. */
static void write_planes(struct jpeg_compress_struct *jpeg, const struct strip *strip)
{
	int step = jpeg->max_v_samp_factor * DCTSIZE;

	for (int y = 0; y < strip->rows; y += step) {
		JSAMPROW rows[PIXELS_PLANES][STRIP_ROWS];
		JSAMPARRAY arrays[PIXELS_PLANES];

		for (int i = 0; i < PIXELS_PLANES; i++) {
			const jpeg_component_info *component = &jpeg->comp_info[i];
			int smaller = jpeg->max_v_samp_factor / component->v_samp_factor;

			point_to_rows(strip, i, component, y / smaller,
				(strip->rows + smaller - 1) / smaller, rows[i]);
			arrays[i] = rows[i];
		}
		jpeg_write_raw_data(jpeg, arrays, (JDIMENSION)step);
	}
}

static int encoder_write(void *state, const struct strip *strip, struct error *err)
{
	struct jpeg_encoder *encoder = state;

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	if (encoder->jpeg.raw_data_in)
		write_planes(&encoder->jpeg, strip);
	else
		write_pixels(&encoder->jpeg, strip);
	return 0;
}

static int encoder_finish(void *state, struct error *err)
{
	struct jpeg_encoder *encoder = state;

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	jpeg_finish_compress(&encoder->jpeg);
	return 0;
}

const struct encoder_ops jpeg_encoder = {
	encoder_open, encoder_write, encoder_finish, encoder_close};
