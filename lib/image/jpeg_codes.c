#include "image/jpeg_codes.h"

#include <string.h>

/* Of an entry that is not whole: how many bits its code has, and in the place of the value how many
 * bits that has. Of a code too long to be seen it is 0. */
#define NOT_WHOLE 0x80

#define LONGEST 16 /* code */

static uint32_t make_entry(int length, int run, int value)
{
	return (uint32_t)length | (uint32_t)run << 8 | (uint32_t)(uint16_t)value << 16;
}

/* The value that `size` bits stand for: those that start with 0 are negative (T.81, F.2.2.1). Those
 * of a run that ends the block are added to the power of two that its symbol tells (G.1.2.2). */
static int make_value(int run, uint32_t bits, int size)
{
	if (run == JPEG_CODES_END)
		return (1 << size) - 1 + (int)bits;
	if (size == 0 || bits >> (size - 1))
		return (int)bits;
	return (int)bits - (1 << size) + 1;
}

/* Return the run that a symbol tells; `size` is how many bits its value has. */
static int run_of_symbol(enum jpeg_codes_meaning meaning, int symbol, int *size)
{
	int run = symbol >> 4;

	*size = meaning == JPEG_CODES_DC ? symbol : symbol & 15;
	if (meaning == JPEG_CODES_DC)
		return 0;
	if (*size > 0 || run == 15)
		return run;
	*size = meaning == JPEG_CODES_PROGRESSIVE_AC ? run : 0;
	return JPEG_CODES_END;
}

/* Fill in what is to be seen if the next bits are `code`, of `length` bits. */
static void fill_look(struct jpeg_codes *codes, int code, int length, int symbol)
{
	int size, run = run_of_symbol(codes->meaning, symbol, &size);
	int more = JPEG_CODES_LOOK - length; /* bits that are seen, too */

	for (int seen = 0; seen < 1 << more; seen++) {
		uint32_t *entry = &codes->look[code << more | seen];

		if (size > more)
			*entry = make_entry(length, run, size) | NOT_WHOLE;
		else
			*entry = make_entry(length + size, run,
				make_value(run, (uint32_t)seen >> (more - size), size));
	}
}

static uint64_t make_pair(int length, int first, int second, int next, int value, int second_value)
{
	return (uint64_t)length | (uint64_t)first << 8 | (uint64_t)second << 16 |
		(uint64_t)next << 24 | (uint64_t)(uint16_t)value << 32 |
		(uint64_t)(uint16_t)second_value << 48;
}

/* Return what a look sees if the next bits are `seen`. */
static uint64_t see_pair(const struct jpeg_codes *codes, uint32_t seen)
{
	uint32_t first = codes->look[seen], second;
	int length = jpeg_codes_length(first), run = jpeg_codes_run(first), next;

	if (!jpeg_codes_is_whole(first))
		return first & 0xff;
	if (run == JPEG_CODES_END)
		return make_pair(length, run, run, run, 0, 0);
	second = codes->look[seen << length & ((1 << JPEG_CODES_LOOK) - 1)];
	if (!jpeg_codes_is_whole(second) || length + jpeg_codes_length(second) > JPEG_CODES_LOOK)
		return make_pair(length, run, JPEG_CODES_END, run + 1, jpeg_codes_value(first), 0);
	length += jpeg_codes_length(second);
	if (jpeg_codes_run(second) == JPEG_CODES_END)
		return make_pair(
			length, run, JPEG_CODES_END, JPEG_CODES_END, jpeg_codes_value(first), 0);
	next = run + 1 + jpeg_codes_run(second);
	return make_pair(
		length, run, next, next + 1, jpeg_codes_value(first), jpeg_codes_value(second));
}

/* The codes of each length follow one another, and start at twice where the shorter ones ended
 * (T.81, C.2). libjpeg has refused a table that has too many. */
void jpeg_codes_build(
	struct jpeg_codes *codes, const JHUFF_TBL *from, enum jpeg_codes_meaning meaning)
{
	int code = 0, place = 0;

	codes->meaning = meaning;
	memset(codes->look, 0, sizeof(codes->look));
	memcpy(codes->symbols, from->huffval, sizeof(codes->symbols));
	for (int length = 1; length <= LONGEST; length++) {
		codes->symbol_at[length] = place - code;
		for (int i = 0; i < from->bits[length]; i++, code++, place++)
			if (length <= JPEG_CODES_LOOK)
				fill_look(codes, code, length, from->huffval[place]);
		codes->above[length] = (uint32_t)code << (LONGEST - length);
		code <<= 1;
	}
	for (uint32_t seen = 0; meaning == JPEG_CODES_AC && seen < 1 << JPEG_CODES_LOOK; seen++)
		codes->pairs[seen] = see_pair(codes, seen);
}

uint32_t jpeg_codes_read(const struct jpeg_codes *codes, uint64_t bits, uint32_t seen)
{
	uint32_t code = (uint32_t)(bits >> (64 - LONGEST)), value;
	int length = jpeg_codes_length(seen), run = jpeg_codes_run(seen);
	int size = jpeg_codes_value(seen);

	if (length == 0) {
		for (length = JPEG_CODES_LOOK + 1; code >= codes->above[length];)
			if (++length > LONGEST)
				return 0;
		code >>= LONGEST - length;
		run = run_of_symbol(codes->meaning,
			codes->symbols[(int32_t)code + codes->symbol_at[length]], &size);
	}
	value = size ? (uint32_t)(bits << length >> (64 - size)) : 0;
	return make_entry(length + size, run, make_value(run, value, size));
}
