#include "decode.h"
#include "image/codec.h"

/* The JPEG decoder alone. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_decode(&jpeg_codec, bytes, size);
	return 0;
}
