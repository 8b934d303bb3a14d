#ifndef IMAGE_JPEG_CODES_H
#define IMAGE_JPEG_CODES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h>

/*
 * Tables of Huffman codes, such that one look at the next bits yields what a code means and the
 * value whose bits follow it, for all but the rare ones (ITU-T T.81, F.2.2 and G.1.2; how the codes
 * of a table are made is in C.2).
 */

enum {
	JPEG_CODES_LOOK = 11, /* how many bits are looked at at once */
	JPEG_CODES_MOST = 31, /* bits that a code and its value may have together */
	JPEG_CODES_END = 64,  /* a run that ends the block */
};

/* What the symbols of a table mean. */
enum jpeg_codes_meaning { JPEG_CODES_DC, JPEG_CODES_AC, JPEG_CODES_PROGRESSIVE_AC };

/*
 * What the next bits mean, in an entry: from its lowest byte on, how many bits they are; how many
 * zeros come before the coefficient; and in 16 bits its value or, where the run is JPEG_CODES_END,
 * how many blocks end with it but this one. An entry that is not whole has to be read by
 * jpeg_codes_read().
 */
static inline int jpeg_codes_length(uint32_t entry)
{
	return (int)(entry & 0x7f);
}

static inline int jpeg_codes_run(uint32_t entry)
{
	return (int)(entry >> 8 & 0xff);
}

static inline int jpeg_codes_value(uint32_t entry)
{
	return (int16_t)(entry >> 16);
}

static inline int jpeg_codes_is_whole(uint32_t entry)
{
	return (int8_t)entry > 0;
}

/* The highest place in a block from which a pair may be read: its first is not the block's last
 * then. */
#define JPEG_CODES_LAST_FOR_PAIR 47

/*
 * What the next bits mean, in a pair of coefficients. In bytes from the lowest on:
 *
 *   0     how many bits they are, as in an entry, or that it is not whole
 *   1, 2  how far from here the first coefficient is, and the second
 *   3     how far what comes next is
 *   4, 6  the values of both, 16 bits each
 *
 * Where only one is seen, or an end, the place of what is missing is JPEG_CODES_END, beyond the
 * block, and its value 0. So to set the second first, and the first then, is always right.
 */
static inline int jpeg_codes_pair_place(uint64_t pair, int which)
{
	return (int)(pair >> (8 + 8 * which) & 0xff);
}

static inline int jpeg_codes_pair_next(uint64_t pair)
{
	return (int)(pair >> 24 & 0xff);
}

static inline int jpeg_codes_pair_value(uint64_t pair, int which)
{
	return (int16_t)(pair >> (32 + 16 * which));
}

struct jpeg_codes {
	uint32_t look[1 << JPEG_CODES_LOOK];
	uint64_t pairs[1 << JPEG_CODES_LOOK]; /* for JPEG_CODES_AC alone */
	uint32_t above[17];    /* the codes of each length, in 16 bits, are below this */
	int32_t symbol_at[17]; /* and this plus a code is the place of its symbol */
	unsigned char symbols[256];
	enum jpeg_codes_meaning meaning;
};

/* Build a table from what libjpeg has read and found in order: no more codes than there can be, and
 * in one for means no symbol above 15. */
void jpeg_codes_build(
	struct jpeg_codes *codes, const JHUFF_TBL *from, enum jpeg_codes_meaning meaning);

/* Return the entry of the next bits, which `bits` has from the highest on, JPEG_CODES_MOST of them,
 * and of which looking has seen `seen`; 0 if they are no code. */
uint32_t jpeg_codes_read(const struct jpeg_codes *codes, uint64_t bits, uint32_t seen);

#endif
