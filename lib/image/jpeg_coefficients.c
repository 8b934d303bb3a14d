#include "image/jpeg_coefficients.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>

#include "base/memory.h"

#include "image/jpeg_parts.h"

#ifndef JPEG_HAS_PARTS

void jpeg_coefficients_take_over(j_decompress_ptr jpeg, const int kept[MAX_COMPONENTS])
{
	(void)jpeg, (void)kept;
}

#else

/* The coefficients of a component: of each block the first `kept` in zigzag order, or the whole
 * block as libjpeg has it. */
struct plane {
	int kept;
	size_t across, down; /* blocks, with those that fill up the last MCUs */
	JCOEF *coefficients;
};

struct store {
	struct jpeg_d_coef_controller interface; /* first, so that libjpeg's pointer leads here */
	struct plane planes[MAX_COMPONENTS];
	JBLOCKROW rooms; /* D_MAX_BLOCKS_IN_MCU, for blocks at work; zeros in between */
};

static JCOEF *coefficients_of(const struct plane *plane, size_t row, size_t column)
{
	return plane->coefficients + (row * plane->across + column) * (size_t)plane->kept;
}

static int is_whole(const struct plane *plane)
{
	return plane->kept == DCTSIZE2;
}

/* A block at work, where libjpeg decodes it: in its place if that is whole. */
struct block {
	JCOEF *place, *coefficients;
	int count; /* to be loaded and stored */
};

/* Whether the scan in hand has the DC coefficients, and no others. */
static int has_dc_only(j_decompress_ptr jpeg)
{
	return jpeg->progressive_mode && jpeg->Se == 0;
}

/* Load a block, into `room` if need be, as far as the scan may change it. */
static struct block begin_block(
	j_decompress_ptr jpeg, const struct plane *plane, size_t row, size_t column, JCOEF *room)
{
	JCOEF *place = coefficients_of(plane, row, column);
	struct block block = {place, room, has_dc_only(jpeg) ? 1 : plane->kept};

	if (is_whole(plane))
		return (struct block){place, place, 0};
	for (int k = 0; k < block.count; k++)
		room[jpeg_zigzag[k]] = place[k];
	return block;
}

/* Store what a block has come to, and make its room zeros. */
static void end_block(j_decompress_ptr jpeg, const struct block *block)
{
	if (block->count == 0)
		return;
	for (int k = 0; k < block->count; k++)
		block->place[k] = block->coefficients[jpeg_zigzag[k]];
	if (has_dc_only(jpeg))
		block->coefficients[0] = 0;
	else
		memset(block->coefficients, 0, sizeof(JBLOCK));
}

static size_t row_of(j_decompress_ptr jpeg, const jpeg_component_info *component)
{
	return jpeg->input_iMCU_row * (size_t)component->v_samp_factor;
}

/* Read a scan of one component: its blocks in rows, but for those that fill up MCUs. */
static void read_rows(j_decompress_ptr jpeg, struct store *held)
{
	const jpeg_component_info *component = jpeg->cur_comp_info[0];
	const struct plane *plane = &held->planes[component->component_index];
	size_t row = row_of(jpeg, component), end = row + (size_t)component->v_samp_factor;

	if (end > component->height_in_blocks)
		end = component->height_in_blocks;
	for (; row < end; row++)
		for (size_t column = 0; column < component->width_in_blocks; column++) {
			struct block block = begin_block(jpeg, plane, row, column, held->rooms[0]);
			JBLOCKROW blocks[] = {(JBLOCKROW)block.coefficients};

			jpeg->entropy->decode_mcu(jpeg, blocks);
			end_block(jpeg, &block);
		}
}

/* Load the blocks of an MCU. */
static void begin_mcu(j_decompress_ptr jpeg, struct store *held, size_t mcu,
	struct block blocks[D_MAX_BLOCKS_IN_MCU])
{
	int number = 0;

	for (int i = 0; i < jpeg->comps_in_scan; i++) {
		const jpeg_component_info *component = jpeg->cur_comp_info[i];
		const struct plane *plane = &held->planes[component->component_index];

		for (int y = 0; y < component->MCU_height; y++)
			for (int x = 0; x < component->MCU_width; x++, number++)
				blocks[number] = begin_block(jpeg, plane,
					row_of(jpeg, component) + (size_t)y,
					mcu * (size_t)component->MCU_width + (size_t)x,
					held->rooms[number]);
	}
}

/* Read a scan of several components, whose blocks come in MCUs. */
static void read_mcus(j_decompress_ptr jpeg, struct store *held)
{
	struct block blocks[D_MAX_BLOCKS_IN_MCU];
	JBLOCKROW coefficients[D_MAX_BLOCKS_IN_MCU];

	for (size_t mcu = 0; mcu < jpeg->MCUs_per_row; mcu++) {
		begin_mcu(jpeg, held, mcu, blocks);
		for (int i = 0; i < jpeg->blocks_in_MCU; i++)
			coefficients[i] = (JBLOCKROW)blocks[i].coefficients;
		jpeg->entropy->decode_mcu(jpeg, coefficients);
		for (int i = 0; i < jpeg->blocks_in_MCU; i++)
			end_block(jpeg, &blocks[i]);
	}
}

static void start_input(j_decompress_ptr jpeg)
{
	jpeg->input_iMCU_row = 0;
}

static int read_input(j_decompress_ptr jpeg)
{
	struct store *held = (struct store *)jpeg->coef;

	if (jpeg->comps_in_scan == 1)
		read_rows(jpeg, held);
	else
		read_mcus(jpeg, held);
	if (++jpeg->input_iMCU_row < jpeg->total_iMCU_rows)
		return JPEG_ROW_COMPLETED;
	jpeg->inputctl->finish_input_pass(jpeg);
	return JPEG_SCAN_COMPLETED;
}

static void start_output(j_decompress_ptr jpeg)
{
	jpeg->output_iMCU_row = 0;
}

/* Set a coefficient whose last bits are not known, and which is 0 as far as it is, to what the
 * DC coefficients around suggest. `sum` is in 1/256 of the unit of samples. */
static void suggest(j_decompress_ptr jpeg, const jpeg_component_info *component, int k, int64_t sum,
	JCOEF *block)
{
	int known = jpeg->coef_bits[component->component_index][k];
	int64_t step = component->quant_table->quantval[jpeg_zigzag[k]], value;

	if (known == 0 || step == 0 || block[jpeg_zigzag[k]] != 0)
		return;
	value = (llabs(sum) + step * 128) / (step * 256);
	if (known > 0 && value >= INT64_C(1) << known)
		value = (INT64_C(1) << known) - 1;
	block[jpeg_zigzag[k]] = (JCOEF)(sum < 0 ? -value : value);
}

/* Guess the lowest frequencies from the DC coefficients of the eight blocks around (T.81, K.8). */
static void smooth(j_decompress_ptr jpeg, const jpeg_component_info *component,
	const struct plane *plane, size_t row, size_t column, JCOEF *block)
{
	int64_t step = component->quant_table->quantval[0], dc[3][3];

	for (size_t y = 0; y < 3; y++)
		for (size_t x = 0; x < 3; x++) {
			size_t at_row = row + y > 0 ? row + y - 1 : 0;
			size_t at_column = column + x > 0 ? column + x - 1 : 0;

			if (at_row >= component->height_in_blocks)
				at_row = component->height_in_blocks - 1;
			if (at_column >= component->width_in_blocks)
				at_column = component->width_in_blocks - 1;
			dc[y][x] = step * *coefficients_of(plane, at_row, at_column);
		}
	suggest(jpeg, component, 1, 36 * (dc[1][0] - dc[1][2]), block);
	suggest(jpeg, component, 2, 36 * (dc[0][1] - dc[2][1]), block);
	suggest(jpeg, component, 3, 9 * (dc[0][1] + dc[2][1] - 2 * dc[1][1]), block);
	suggest(jpeg, component, 4, 5 * (dc[0][0] - dc[0][2] - dc[2][0] + dc[2][2]), block);
	suggest(jpeg, component, 5, 9 * (dc[1][0] + dc[1][2] - 2 * dc[1][1]), block);
}

/* Whether last bits of the lowest frequencies are missing. */
static int is_smoothed(
	j_decompress_ptr jpeg, const jpeg_component_info *component, const struct plane *plane)
{
	const int *known = jpeg->coef_bits ? jpeg->coef_bits[component->component_index] : NULL;

	if (!jpeg->do_block_smoothing || !known || !component->quant_table || plane->kept < 6)
		return 0;
	return known[1] || known[2] || known[3] || known[4] || known[5];
}

/* Make samples of a row of blocks. */
static void write_row(j_decompress_ptr jpeg, struct store *held, jpeg_component_info *component,
	size_t row, JSAMPARRAY samples)
{
	const struct plane *plane = &held->planes[component->component_index];
	inverse_DCT_method_ptr inverse = jpeg->idct->inverse_DCT[component->component_index];
	int smoothed = is_smoothed(jpeg, component, plane);
	JCOEF *room = held->rooms[0];

	for (size_t column = 0; column < component->width_in_blocks; column++) {
		JCOEF *block = coefficients_of(plane, row, column);

		if (!is_whole(plane)) {
			for (int k = 0; k < plane->kept; k++)
				room[jpeg_zigzag[k]] = block[k];
			block = room;
		} else if (smoothed) {
			block = memcpy(room, block, sizeof(JBLOCK));
		}
		if (smoothed)
			smooth(jpeg, component, plane, row, column, block);
		inverse(jpeg, component, block, samples,
			(JDIMENSION)column * (JDIMENSION)JPEG_BLOCK_WIDTH(component));
	}
	memset(room, 0, sizeof(JBLOCK));
}

static int write_output(j_decompress_ptr jpeg, JSAMPIMAGE samples)
{
	struct store *held = (struct store *)jpeg->coef;

	for (int i = 0; i < jpeg->num_components; i++) {
		jpeg_component_info *component = &jpeg->comp_info[i];
		size_t row = jpeg->output_iMCU_row * (size_t)component->v_samp_factor;

		for (int y = 0; y < component->v_samp_factor; y++)
			if (row + (size_t)y < component->height_in_blocks)
				write_row(jpeg, held, component, row + (size_t)y,
					samples[i] + y * JPEG_BLOCK_HEIGHT(component));
	}
	return ++jpeg->output_iMCU_row < jpeg->total_iMCU_rows ? JPEG_ROW_COMPLETED
							       : JPEG_SCAN_COMPLETED;
}

static size_t round_up(JDIMENSION count, int unit)
{
	return (count + (size_t)unit - 1) / (size_t)unit * (size_t)unit;
}

static void make_plane(
	j_decompress_ptr jpeg, const jpeg_component_info *component, int kept, struct plane *plane)
{
	size_t size;

	plane->kept = kept;
	plane->across = round_up(component->width_in_blocks, component->h_samp_factor);
	plane->down = round_up(component->height_in_blocks, component->v_samp_factor);
	if (plane->down > SIZE_MAX / plane->across / sizeof(JBLOCK))
		ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
	size = plane->across * plane->down * (size_t)kept * sizeof(JCOEF);
	plane->coefficients = jpeg->mem->alloc_large((j_common_ptr)jpeg, JPOOL_IMAGE, size);
	memory_will_fill(plane->coefficients, size);
	memset(plane->coefficients, 0, size);
}

void jpeg_coefficients_take_over(j_decompress_ptr jpeg, const int kept[MAX_COMPONENTS])
{
	struct store *held = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof(*held));

	memset(held, 0, sizeof(*held));
	for (int i = 0; i < jpeg->num_components; i++)
		make_plane(jpeg, &jpeg->comp_info[i], kept[i], &held->planes[i]);
	held->rooms =
		jpeg->mem->alloc_barray((j_common_ptr)jpeg, JPOOL_IMAGE, D_MAX_BLOCKS_IN_MCU, 1)[0];
	memset(held->rooms, 0, D_MAX_BLOCKS_IN_MCU * sizeof(JBLOCK));
	held->interface = *jpeg->coef;
	held->interface.start_input_pass = start_input;
	held->interface.consume_data = read_input;
	held->interface.start_output_pass = start_output;
	held->interface.decompress_data = write_output;
	jpeg->coef = &held->interface;
	/* the first scan has been started already */
	jpeg->inputctl->consume_input = read_input;
	jpeg->input_iMCU_row = 0;
}

#endif
