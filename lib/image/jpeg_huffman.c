#include "image/jpeg_huffman.h"

#include <stdint.h>
#include <string.h>

#include <jerror.h>

#include "image/jpeg_codes.h"
#include "image/jpeg_parts.h"

#ifndef JPEG_HAS_PARTS

void jpeg_huffman_take_over(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

#else

/* After a refill there are 56 bits or more: so many looks, or entries, of which but the first is no
 * longer than a look. */
#define LOOKS (56 / JPEG_CODES_LOOK)
#define ENTRIES (1 + (56 - JPEG_CODES_MOST) / JPEG_CODES_LOOK)

/* The next bits, from the highest one on. Below the first `count`, `next` is zeros, or a part of
 * the byte that comes next. Small enough to be kept in two registers. */
struct bits {
	uint64_t next;
	int count;
};

struct huffman {
	struct jpeg_entropy_decoder interface; /* first, so that libjpeg's pointer leads here */
	struct jpeg_entropy_decoder *replaced;
	struct bits bits;
	int blocks_to_end; /* without anything more in this scan */
	unsigned restarts_to_go;
	unsigned last_dc[MAX_COMPS_IN_SCAN];
	struct jpeg_codes *dc[NUM_HUFF_TBLS], *ac[NUM_HUFF_TBLS];
};

static void use_codes(j_decompress_ptr jpeg, struct jpeg_codes **codes, const JHUFF_TBL *from,
	enum jpeg_codes_meaning meaning)
{
	if (!*codes)
		*codes = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof(**codes));
	jpeg_codes_build(*codes, from, meaning);
}

static uint64_t load_bytes(const JOCTET *bytes)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | bytes[i];
	return word;
}

/* Whether a byte of a word is FF. */
static int has_ff(uint64_t word)
{
	uint64_t low = ~word;

	return ((low - UINT64_C(0x0101010101010101)) & ~low & UINT64_C(0x8080808080808080)) != 0;
}

static int next_byte(j_decompress_ptr jpeg)
{
	if (jpeg->src->bytes_in_buffer == 0)
		jpeg->src->fill_input_buffer(jpeg);
	jpeg->src->bytes_in_buffer--;
	return *jpeg->src->next_input_byte++;
}

/* Take bytes one by one, up to a marker: FF stands for itself if 00 follows. */
static struct bits refill_slowly(j_decompress_ptr jpeg, struct bits bits)
{
	if (bits.count < 0) {
		WARNMS(jpeg, JWRN_HIT_MARKER);
		bits.count = 0;
	}
	while (bits.count < 56 && jpeg->unread_marker == 0) {
		int byte = next_byte(jpeg);

		if (byte == 0xff) {
			int code;

			do
				code = next_byte(jpeg);
			while (code == 0xff);
			if (code) {
				jpeg->unread_marker = code;
				break;
			}
		}
		bits.next |= (uint64_t)byte << (56 - bits.count);
		bits.count += 8;
	}
	return bits;
}

/* Have the bits of a code and of its value there. After the last ones come zeros. */
static inline struct bits refill(j_decompress_ptr jpeg, struct bits bits)
{
	struct jpeg_source_mgr *in = jpeg->src;
	size_t taken = (size_t)(63 - bits.count) >> 3;
	uint64_t word;

	if (in->bytes_in_buffer < 8 || jpeg->unread_marker)
		return refill_slowly(jpeg, bits);
	word = load_bytes(in->next_input_byte);
	if (has_ff(word))
		return refill_slowly(jpeg, bits);
	in->next_input_byte += taken;
	in->bytes_in_buffer -= taken;
	return (struct bits){bits.next | word >> bits.count, bits.count | 56};
}

/* Read what could not be seen at once. */
static uint32_t read_long(
	j_decompress_ptr jpeg, const struct jpeg_codes *codes, struct bits bits, uint32_t seen)
{
	uint32_t entry = jpeg_codes_read(codes, bits.next, seen);

	if (entry)
		return entry;
	WARNMS(jpeg, JWRN_HUFF_BAD_CODE);
	return 1 | JPEG_CODES_END << 8;
}

static inline uint32_t look(const struct jpeg_codes *codes, struct bits bits)
{
	return codes->look[bits.next >> (64 - JPEG_CODES_LOOK)];
}

static inline uint64_t look_for_pair(const struct jpeg_codes *codes, struct bits bits)
{
	return codes->pairs[bits.next >> (64 - JPEG_CODES_LOOK)];
}

static inline uint32_t read_entry(
	j_decompress_ptr jpeg, const struct jpeg_codes *codes, struct bits bits)
{
	uint32_t entry = look(codes, bits);

	return jpeg_codes_is_whole(entry) ? entry : read_long(jpeg, codes, bits, entry);
}

static inline struct bits take(struct bits bits, uint32_t entry)
{
	return (struct bits){
		bits.next << jpeg_codes_length(entry), bits.count - jpeg_codes_length(entry)};
}

static inline struct bits read_dc(j_decompress_ptr jpeg, struct bits bits,
	const struct jpeg_codes *codes, unsigned *last, int shift, JCOEF *block)
{
	uint32_t entry;

	bits = refill(jpeg, bits);
	entry = read_entry(jpeg, codes, bits);
	*last += (unsigned)jpeg_codes_value(entry);
	block[0] = (JCOEF)(*last << shift);
	return take(bits, entry);
}

/* Read coefficients from `k` to `last`, shifted, and return what ended them in `blocks_to_end`. */
static inline struct bits read_ac(j_decompress_ptr jpeg, struct bits bits,
	const struct jpeg_codes *codes, int k, int last, int shift, JCOEF *block,
	int *blocks_to_end)
{
	uint32_t entry;

	while (k <= last) {
		bits = refill(jpeg, bits);
		entry = read_entry(jpeg, codes, bits);
		for (int more = ENTRIES - 1;; more--) {
			bits = take(bits, entry);
			k += jpeg_codes_run(entry);
			if (jpeg_codes_run(entry) == JPEG_CODES_END) {
				*blocks_to_end = jpeg_codes_value(entry);
				break;
			}
			if (jpeg_codes_value(entry))
				block[jpeg_zigzag[k]] =
					(JCOEF)((unsigned)jpeg_codes_value(entry) << shift);
			k++;
			if (k > last || more == 0)
				break;
			entry = look(codes, bits);
			if (!jpeg_codes_is_whole(entry))
				break;
		}
	}
	return bits;
}

static inline void set_pair(JCOEF *block, int k, uint64_t pair)
{
	for (int which = 1; which >= 0; which--)
		block[jpeg_zigzag[k + jpeg_codes_pair_place(pair, which)]] =
			(JCOEF)jpeg_codes_pair_value(pair, which);
}

/* Read all but the DC coefficient of a sequential block: two at a time, where both are to be seen.
 */
static inline struct bits read_fresh_ac(
	j_decompress_ptr jpeg, struct bits bits, const struct jpeg_codes *codes, JCOEF *block)
{
	int k = 1, ignored;

	while (k <= JPEG_CODES_LAST_FOR_PAIR) {
		int looks = LOOKS;
		uint64_t pair;

		bits = refill(jpeg, bits);
		pair = look_for_pair(codes, bits);
		if (!jpeg_codes_is_whole((uint32_t)pair)) {
			uint32_t entry = read_long(jpeg, codes, bits, look(codes, bits));

			bits = take(bits, entry);
			k += jpeg_codes_run(entry);
			block[jpeg_zigzag[k++]] = (JCOEF)jpeg_codes_value(entry);
			continue;
		}
		do {
			bits = take(bits, (uint32_t)pair);
			set_pair(block, k, pair);
			k += jpeg_codes_pair_next(pair);
			pair = look_for_pair(codes, bits);
		} while (k <= JPEG_CODES_LAST_FOR_PAIR && --looks > 0 &&
			jpeg_codes_is_whole((uint32_t)pair));
	}
	return read_ac(jpeg, bits, codes, k, DCTSIZE2 - 1, 0, block, &ignored);
}

static void restart(j_decompress_ptr jpeg, struct huffman *huffman)
{
	jpeg->marker->discarded_bytes += (unsigned)huffman->bits.count / 8;
	huffman->bits = (struct bits){0};
	jpeg->marker->read_restart_marker(jpeg);
	memset(huffman->last_dc, 0, sizeof(huffman->last_dc));
	huffman->blocks_to_end = 0;
	huffman->restarts_to_go = jpeg->restart_interval;
}

static struct huffman *begin_mcu(j_decompress_ptr jpeg)
{
	struct huffman *huffman = (struct huffman *)jpeg->entropy;

	if (jpeg->restart_interval && huffman->restarts_to_go == 0)
		restart(jpeg, huffman);
	huffman->restarts_to_go--;
	return huffman;
}

static boolean end_mcu(j_decompress_ptr jpeg, struct huffman *huffman, struct bits bits)
{
	if (bits.count < 0) {
		WARNMS(jpeg, JWRN_HIT_MARKER);
		bits = (struct bits){0};
	}
	huffman->bits = bits;
	return TRUE;
}

/* Read blocks in whole; `fresh` if they are zeros. */
static inline boolean decode_blocks(j_decompress_ptr jpeg, JBLOCKROW *blocks, int fresh)
{
	struct huffman *huffman = begin_mcu(jpeg);
	struct bits bits = huffman->bits;
	int ignored;

	for (int i = 0; i < jpeg->blocks_in_MCU; i++) {
		int number = jpeg->MCU_membership[i];
		const jpeg_component_info *component = jpeg->cur_comp_info[number];
		const struct jpeg_codes *ac = huffman->ac[component->ac_tbl_no];
		JCOEF *block = blocks[i][0];

		bits = read_dc(jpeg, bits, huffman->dc[component->dc_tbl_no],
			&huffman->last_dc[number], 0, block);
		bits = fresh ? read_fresh_ac(jpeg, bits, ac, block)
			     : read_ac(jpeg, bits, ac, 1, DCTSIZE2 - 1, 0, block, &ignored);
	}
	return end_mcu(jpeg, huffman, bits);
}

static boolean decode_only_scan(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	return decode_blocks(jpeg, blocks, 1);
}

/* A file may bring a component twice. */
static boolean decode_scan_of_many(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	return decode_blocks(jpeg, blocks, 0);
}

/* Of a progressive picture, the first bits of DC coefficients. */
static boolean decode_first_dc(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct huffman *huffman = begin_mcu(jpeg);
	struct bits bits = huffman->bits;

	for (int i = 0; i < jpeg->blocks_in_MCU; i++) {
		int number = jpeg->MCU_membership[i];

		bits = read_dc(jpeg, bits, huffman->dc[jpeg->cur_comp_info[number]->dc_tbl_no],
			&huffman->last_dc[number], jpeg->Al, blocks[i][0]);
	}
	return end_mcu(jpeg, huffman, bits);
}

/* Of a progressive picture, the first bits of other coefficients. */
static boolean decode_first_ac(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct huffman *huffman = begin_mcu(jpeg);
	struct bits bits = huffman->bits;

	if (huffman->blocks_to_end > 0) {
		huffman->blocks_to_end--;
		return TRUE;
	}
	bits = read_ac(jpeg, bits, huffman->ac[jpeg->cur_comp_info[0]->ac_tbl_no], jpeg->Ss,
		jpeg->Se, jpeg->Al, blocks[0][0], &huffman->blocks_to_end);
	return end_mcu(jpeg, huffman, bits);
}

static boolean decode_as_before(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct jpeg_entropy_decoder *own = jpeg->entropy;
	boolean done;

	jpeg->entropy = ((struct huffman *)own)->replaced;
	done = jpeg->entropy->decode_mcu(jpeg, blocks);
	jpeg->entropy = own;
	return done;
}

static void use_tables(j_decompress_ptr jpeg, struct huffman *huffman)
{
	for (int i = 0; i < jpeg->comps_in_scan; i++) {
		int dc = jpeg->cur_comp_info[i]->dc_tbl_no, ac = jpeg->cur_comp_info[i]->ac_tbl_no;

		if (!jpeg->progressive_mode || jpeg->Ss == 0)
			use_codes(
				jpeg, &huffman->dc[dc], jpeg->dc_huff_tbl_ptrs[dc], JPEG_CODES_DC);
		if (!jpeg->progressive_mode || jpeg->Ss > 0)
			use_codes(jpeg, &huffman->ac[ac], jpeg->ac_huff_tbl_ptrs[ac],
				jpeg->progressive_mode ? JPEG_CODES_PROGRESSIVE_AC : JPEG_CODES_AC);
	}
}

/* Set up for a scan that libjpeg has found to be in order. */
static void begin_scan(j_decompress_ptr jpeg, struct huffman *huffman)
{
	huffman->bits = (struct bits){0};
	huffman->blocks_to_end = 0;
	huffman->restarts_to_go = jpeg->restart_interval;
	memset(huffman->last_dc, 0, sizeof(huffman->last_dc));
	if (jpeg->progressive_mode && jpeg->Ah > 0) {
		huffman->interface.decode_mcu = decode_as_before;
		return;
	}
	if (jpeg->progressive_mode)
		huffman->interface.decode_mcu = jpeg->Ss == 0 ? decode_first_dc : decode_first_ac;
	else
		huffman->interface.decode_mcu =
			jpeg_has_multiple_scans(jpeg) ? decode_scan_of_many : decode_only_scan;
	use_tables(jpeg, huffman);
}

static void start_pass(j_decompress_ptr jpeg)
{
	struct huffman *huffman = (struct huffman *)jpeg->entropy;

	jpeg->entropy = huffman->replaced;
	jpeg->entropy->start_pass(jpeg);
	jpeg->entropy = &huffman->interface;
	begin_scan(jpeg, huffman);
}

void jpeg_huffman_take_over(j_decompress_ptr jpeg)
{
	struct huffman *huffman;

	if (jpeg->arith_code || !jpeg_parts_fit(jpeg))
		return;
	huffman = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof(*huffman));
	memset(huffman, 0, sizeof(*huffman));
	huffman->replaced = jpeg->entropy;
	huffman->interface = *jpeg->entropy;
	huffman->interface.start_pass = start_pass;
	begin_scan(jpeg, huffman);
	jpeg->entropy = &huffman->interface;
}

#endif
