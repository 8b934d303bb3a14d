#include "decode.h"
#include "image/codec.h"

/* The WebP decoder alone. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	fuzz_decode(&webp_codec, bytes, size);
	return 0;
}
