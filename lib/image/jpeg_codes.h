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

/* The highest place in a block from which two coefficients may be read at once: the first is not
 * the last of the block then. */
#define JPEG_CODES_LAST_FOR_TWO 47

/*
 * What the next bits mean if two coefficients are seen in them, or one that ends the block, or only
 * one: in bytes from the lowest on, how many bits they are, or an entry that is not whole; how far
 * from here the first is, how far the second, and how far what comes next; then the values of both.
 * The place of one that is not there is beyond the block, and its value 0, so it may be set before
 * the other is.
 */
static inline int jpeg_codes_two_places(uint64_t two, int which)
{
	return (int)(two >> (8 + 8 * which) & 0xff);
}

static inline int jpeg_codes_two_next(uint64_t two)
{
	return (int)(two >> 24 & 0xff);
}

static inline int jpeg_codes_two_values(uint64_t two, int which)
{
	return (int16_t)(two >> (32 + 16 * which));
}

struct jpeg_codes {
	uint32_t look[1 << JPEG_CODES_LOOK];
	uint64_t look_for_two[1 << JPEG_CODES_LOOK]; /* of JPEG_CODES_AC alone */
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
