#include "pixel/alpha.h"

unsigned alpha_times(unsigned a, unsigned b)
{
	unsigned product = a * b + 128;

	return (product + (product >> 8)) >> 8;
}

void alpha_multiply(const unsigned char *from, unsigned char *to, size_t pixels, int channels)
{
	int colors = channels - 1;

	for (size_t x = 0; x < pixels; x++) {
		unsigned alpha = from[colors];

		for (int c = 0; c < colors; c++)
			*to++ = (unsigned char)alpha_times(*from++, alpha);
		*to++ = *from++;
	}
}

void alpha_flatten(enum pixels_kind kind, const unsigned char *background,
	const unsigned char *from, unsigned char *to, int width)
{
	int colors = pixels_channels(kind) - 1;

	for (int x = 0; x < width; x++) {
		unsigned alpha = from[colors];

		for (int c = 0; c < colors; c++)
			*to++ = (unsigned char)(alpha_times(*from++, alpha) +
				alpha_times(background[c], 255 - alpha));
		from++;
	}
}
