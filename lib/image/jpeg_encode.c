#include "image/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

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

static int write_header(struct jpeg_encoder *encoder, const struct encoding *encoding)
{
	struct jpeg_compress_struct *jpeg = &encoder->jpeg;
	int gray = encoding->kind == PIXELS_GRAY;

	if (setjmp(encoder->failure.back))
		return -1;
	jpeg_create_compress(jpeg);
	jpeg->dest = &encoder->manager;
	jpeg->image_width = (JDIMENSION)encoding->size.width;
	jpeg->image_height = (JDIMENSION)encoding->size.height;
	jpeg->input_components = gray ? 1 : 3;
	jpeg->in_color_space = gray ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(jpeg); /* 4:2:0 */
	jpeg_set_quality(jpeg, encoding->quality, TRUE);
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

static int encoder_write(void *state, const unsigned char *row, struct error *err)
{
	struct jpeg_encoder *encoder = state;
	union {
		const unsigned char *mine;
		JSAMPROW libjpegs; /* which does not write to it */
	} line = {row};

	encoder->failure.err = err;
	if (setjmp(encoder->failure.back))
		return -1;
	jpeg_write_scanlines(&encoder->jpeg, &line.libjpegs, 1);
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
