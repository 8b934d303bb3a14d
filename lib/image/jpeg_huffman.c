#include "image/jpeg_huffman.h"

#include <stdint.h>
#include <string.h>

#include <jerror.h>

#include "image/jpeg_parts.h"

#ifndef JPEG_HAS_PARTS

void jpeg_huffman_take_over(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

#else

enum {
	LOOK = 11,	  /* how many bits are looked at at once */
	AT_ONCE = 3,	  /* entries that 56 bits are enough for, if but the first may be long */
	LONGEST = 16,	  /* code */
	END = DCTSIZE2,	  /* a run that ends the block */
	NOT_WHOLE = 0x80, /* the value's bits were not seen, only how many they are */
	TABLES = NUM_HUFF_TBLS
};

/* What the symbols of a table mean. */
enum meaning { DC, AC, PROGRESSIVE_AC };

/*
 * An entry says what the next bits mean: from its lowest byte on, how many bits they are; how many
 * zeros come before the coefficient; and in 16 bits its value, or that of an END: how many blocks
 * end with it but this one. Of one that is NOT_WHOLE, how many bits its code has, and in the place
 * of the value how many bits that has; of a code longer than LOOK bits, 0.
 */
struct table {
	uint32_t look[1 << LOOK];
	uint32_t above[LONGEST + 1];	/* the codes of each length, in 16 bits, are below this */
	int32_t symbol_at[LONGEST + 1]; /* and this plus a code is the place of its symbol */
	unsigned char symbols[256];
	enum meaning meaning;
};

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
	struct table *dc[TABLES], *ac[TABLES];
};

static uint32_t make_entry(int length, int run, int value)
{
	return (uint32_t)length | (uint32_t)run << 8 | (uint32_t)(uint16_t)value << 16;
}

static int length_of(uint32_t entry)
{
	return (int)(entry & 0x7f);
}

static int run_of(uint32_t entry)
{
	return (int)(entry >> 8 & 0xff);
}

static int value_of(uint32_t entry)
{
	return (int16_t)(entry >> 16);
}

static int is_whole(uint32_t entry)
{
	return (int8_t)entry > 0;
}

/* The value that `size` bits stand for: those that start with 0 are negative (T.81, F.2.2.1). Those
 * of an END are added to the power of two that its symbol tells (G.1.2.2). */
static int make_value(int run, uint32_t bits, int size)
{
	if (run == END)
		return (1 << size) - 1 + (int)bits;
	if (size == 0 || bits >> (size - 1))
		return (int)bits;
	return (int)bits - (1 << size) + 1;
}

/* Return the run that a symbol tells; `size` is how many bits its value has. */
static int run_of_symbol(enum meaning meaning, int symbol, int *size)
{
	int run = symbol >> 4;

	*size = meaning == DC ? symbol : symbol & 15;
	if (meaning == DC)
		return 0;
	if (*size > 0 || run == 15)
		return run;
	*size = meaning == PROGRESSIVE_AC ? run : 0;
	return END;
}

/* Fill in what is to be seen if the next bits are `code`, of `length` bits. */
static void fill_look(struct table *table, int code, int length, int symbol)
{
	int size, run = run_of_symbol(table->meaning, symbol, &size);
	int more = LOOK - length; /* bits that are seen, too */

	for (int seen = 0; seen < 1 << more; seen++) {
		uint32_t *entry = &table->look[code << more | seen];

		if (size > more)
			*entry = make_entry(length, run, size) | NOT_WHOLE;
		else
			*entry = make_entry(length + size, run,
				make_value(run, (uint32_t)seen >> (more - size), size));
	}
}

/* The codes of each length follow one another, and start at twice where the shorter ones ended
 * (T.81, C.2). libjpeg has refused a table that has too many. */
static void build_table(struct table *table, const JHUFF_TBL *from)
{
	int code = 0, place = 0;

	memset(table->look, 0, sizeof(table->look));
	memcpy(table->symbols, from->huffval, sizeof(table->symbols));
	for (int length = 1; length <= LONGEST; length++) {
		table->symbol_at[length] = place - code;
		for (int i = 0; i < from->bits[length]; i++, code++, place++)
			if (length <= LOOK)
				fill_look(table, code, length, from->huffval[place]);
		table->above[length] = (uint32_t)code << (LONGEST - length);
		code <<= 1;
	}
}

static void use_table(
	j_decompress_ptr jpeg, struct table **table, const JHUFF_TBL *from, enum meaning meaning)
{
	if (!*table)
		*table = jpeg->mem->alloc_small((j_common_ptr)jpeg, JPOOL_IMAGE, sizeof(**table));
	(*table)->meaning = meaning;
	build_table(*table, from);
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
	while (bits.count <= 56 && jpeg->unread_marker == 0) {
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
	j_decompress_ptr jpeg, const struct table *table, struct bits bits, uint32_t seen)
{
	uint32_t code = (uint32_t)(bits.next >> (64 - LONGEST));
	int length = length_of(seen), run = run_of(seen), size = value_of(seen);
	uint32_t value;

	if (length == 0) {
		for (length = LOOK + 1; length <= LONGEST && code >= table->above[length];)
			length++;
		if (length > LONGEST) {
			WARNMS(jpeg, JWRN_HUFF_BAD_CODE);
			return make_entry(LONGEST, END, 0);
		}
		code >>= LONGEST - length;
		run = run_of_symbol(table->meaning,
			table->symbols[(int)code + table->symbol_at[length]], &size);
	}
	value = size ? (uint32_t)(bits.next << length >> (64 - size)) : 0;
	return make_entry(length + size, run, make_value(run, value, size));
}

static inline uint32_t read_entry(
	j_decompress_ptr jpeg, const struct table *table, struct bits bits)
{
	uint32_t entry = table->look[bits.next >> (64 - LOOK)];

	return is_whole(entry) ? entry : read_long(jpeg, table, bits, entry);
}

static inline struct bits take(struct bits bits, uint32_t entry)
{
	return (struct bits){bits.next << length_of(entry), bits.count - length_of(entry)};
}

static inline struct bits read_dc(j_decompress_ptr jpeg, struct bits bits,
	const struct table *table, unsigned *last, int shift, JCOEF *block)
{
	uint32_t entry;

	bits = refill(jpeg, bits);
	entry = read_entry(jpeg, table, bits);
	*last += (unsigned)value_of(entry);
	block[0] = (JCOEF)(*last << shift);
	return take(bits, entry);
}

/* Read coefficients from `k` to `last`, shifted, and return what ended them in `blocks_to_end`. */
static inline struct bits read_ac(j_decompress_ptr jpeg, struct bits bits,
	const struct table *table, int k, int last, int shift, JCOEF *block, int *blocks_to_end)
{
	uint32_t entry;

	while (k <= last) {
		bits = refill(jpeg, bits);
		entry = read_entry(jpeg, table, bits);
		for (int more = AT_ONCE - 1;; more--) {
			bits = take(bits, entry);
			k += run_of(entry);
			if (run_of(entry) == END) {
				*blocks_to_end = value_of(entry);
				break;
			}
			block[jpeg_zigzag[k++]] = (JCOEF)((unsigned)value_of(entry) << shift);
			if (k > last || more == 0)
				break;
			entry = table->look[bits.next >> (64 - LOOK)];
			if (!is_whole(entry))
				break;
		}
	}
	return bits;
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

/* Blocks in whole. */
static boolean decode_sequential(j_decompress_ptr jpeg, JBLOCKROW *blocks)
{
	struct huffman *huffman = begin_mcu(jpeg);
	struct bits bits = huffman->bits;
	int ignored;

	for (int i = 0; i < jpeg->blocks_in_MCU; i++) {
		int number = jpeg->MCU_membership[i];
		const jpeg_component_info *component = jpeg->cur_comp_info[number];
		JCOEF *block = blocks[i][0];

		bits = read_dc(jpeg, bits, huffman->dc[component->dc_tbl_no],
			&huffman->last_dc[number], 0, block);
		bits = read_ac(jpeg, bits, huffman->ac[component->ac_tbl_no], 1, DCTSIZE2 - 1, 0,
			block, &ignored);
	}
	return end_mcu(jpeg, huffman, bits);
}

/* Of a progressive picture, the first bits of means. */
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
			use_table(jpeg, &huffman->dc[dc], jpeg->dc_huff_tbl_ptrs[dc], DC);
		if (!jpeg->progressive_mode || jpeg->Ss > 0)
			use_table(jpeg, &huffman->ac[ac], jpeg->ac_huff_tbl_ptrs[ac],
				jpeg->progressive_mode ? PROGRESSIVE_AC : AC);
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
	huffman->interface.decode_mcu = !jpeg->progressive_mode ? decode_sequential
		: jpeg->Ss == 0					? decode_first_dc
								: decode_first_ac;
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

	if (jpeg->arith_code || jpeg->data_precision != 8)
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
