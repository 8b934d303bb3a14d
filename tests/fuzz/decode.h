#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdint.h>

struct codec;

/* What every decoder is tried with: decode `bytes`, or see why not, a few rows at a time into just
 * the room that the decoder asked for. The last byte chooses how small the rows may come. */
void fuzz_decode(const struct codec *codec, const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
