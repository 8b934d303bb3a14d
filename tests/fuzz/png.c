#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "decode.h"
#include "image/bytes.h"
#include "image/codec.h"

/* Make the chunks' check sums right, or chance would hardly ever get beyond them. */
static void repair(uint8_t *file, size_t size)
{
	size_t at = 8;

	while (size >= 12 && at <= size - 12) {
		size_t length = bytes_big32(file + at);
		uLong crc;

		if (length > size - 12 - at)
			return;
		crc = crc32(0, file + at + 4, (uInt)length + 4);
		for (int i = 0; i < 4; i++)
			file[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
		at += length + 12;
	}
}

/* The PNG decoder alone. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	uint8_t *file = malloc(size ? size : 1);

	memcpy(file, bytes, size);
	repair(file, size);
	fuzz_decode(&png_codec, file, size);
	free(file);
	return 0;
}
