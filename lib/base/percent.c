#include "base/percent.h"

#include "base/buffer.h"

/* 1 where a byte stands for itself, 2 for the slash. */
static const unsigned char plain[256] = {
	['-'] = 1,
	['.'] = 1,
	['_'] = 1,
	['~'] = 1,
	['/'] = 2,
	['0'] = 1,
	['1'] = 1,
	['2'] = 1,
	['3'] = 1,
	['4'] = 1,
	['5'] = 1,
	['6'] = 1,
	['7'] = 1,
	['8'] = 1,
	['9'] = 1,
	['A'] = 1,
	['B'] = 1,
	['C'] = 1,
	['D'] = 1,
	['E'] = 1,
	['F'] = 1,
	['G'] = 1,
	['H'] = 1,
	['I'] = 1,
	['J'] = 1,
	['K'] = 1,
	['L'] = 1,
	['M'] = 1,
	['N'] = 1,
	['O'] = 1,
	['P'] = 1,
	['Q'] = 1,
	['R'] = 1,
	['S'] = 1,
	['T'] = 1,
	['U'] = 1,
	['V'] = 1,
	['W'] = 1,
	['X'] = 1,
	['Y'] = 1,
	['Z'] = 1,
	['a'] = 1,
	['b'] = 1,
	['c'] = 1,
	['d'] = 1,
	['e'] = 1,
	['f'] = 1,
	['g'] = 1,
	['h'] = 1,
	['i'] = 1,
	['j'] = 1,
	['k'] = 1,
	['l'] = 1,
	['m'] = 1,
	['n'] = 1,
	['o'] = 1,
	['p'] = 1,
	['q'] = 1,
	['r'] = 1,
	['s'] = 1,
	['t'] = 1,
	['u'] = 1,
	['v'] = 1,
	['w'] = 1,
	['x'] = 1,
	['y'] = 1,
	['z'] = 1,
};

void percent_encode(struct buffer *out, const char *bytes, size_t length, bool keep_slashes)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char stays = keep_slashes ? 1 | 2 : 1;
	size_t done = 0;

	while (done < length) {
		size_t run = done;

		while (run < length && plain[(unsigned char)bytes[run]] & stays)
			run++;
		buffer_append(out, bytes + done, run - done);
		done = run;
		if (done < length) {
			unsigned char byte = (unsigned char)bytes[done++];
			const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};

			buffer_append(out, escape, sizeof(escape));
		}
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

int percent_byte(const char *bytes, size_t length)
{
	int high = length > 2 && bytes[0] == '%' ? hex_digit(bytes[1]) : -1;
	int low = high < 0 ? -1 : hex_digit(bytes[2]);

	return low < 0 ? -1 : high << 4 | low;
}

void percent_decode(struct buffer *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int byte = percent_byte(bytes + i, length - i);

		if (byte >= 0)
			i += 2;
		buffer_byte(out, byte < 0 ? bytes[i] : (char)byte);
	}
}
