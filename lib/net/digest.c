/* SHA256_Init() and its like, and not EVP: a copy of an EVP state is an allocation, and a signature
 * makes two copies. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "net/digest.h"

#include <string.h>

#include <openssl/sha.h>

#include "net/libcrypto.h"

enum { BLOCK = SHA256_CBLOCK };

_Static_assert(sizeof(struct digest) == sizeof(SHA256_CTX), "a digest has room for its state");
_Static_assert(DIGEST_BYTES == SHA256_DIGEST_LENGTH, "a digest has SHA-256's length");

static __typeof__(SHA256_Init) *sha256_init;
static __typeof__(SHA256_Update) *sha256_update;
static __typeof__(SHA256_Final) *sha256_final;
static __typeof__(OPENSSL_cleanse) *cleanse;

static const struct library_symbol symbols[] = {
	{"SHA256_Init", &sha256_init},
	{"SHA256_Update", &sha256_update},
	{"SHA256_Final", &sha256_final},
	{"OPENSSL_cleanse", &cleanse},
};

static struct library library = LIBCRYPTO(symbols);

int digest_open(struct error *err)
{
	return library_open(&library, err);
}

void digest_begin(struct digest *digest)
{
	sha256_init((SHA256_CTX *)digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t length)
{
	sha256_update((SHA256_CTX *)digest, bytes, length);
}

void digest_end(struct digest *digest, unsigned char result[DIGEST_BYTES])
{
	sha256_final(result, (SHA256_CTX *)digest);
}

void digest_of(const void *bytes, size_t length, unsigned char result[DIGEST_BYTES])
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, bytes, length);
	digest_end(&digest, result);
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[DIGEST_HEX - 1] = '\0';
}

void digest_key_init(struct digest_key *key, const void *secret, size_t length)
{
	unsigned char block[BLOCK] = {0};

	if (length > BLOCK)
		digest_of(secret, length, block);
	else if (length)
		memcpy(block, secret, length);
	for (int i = 0; i < BLOCK; i++)
		block[i] ^= 0x36;
	digest_begin(&key->inner);
	digest_add(&key->inner, block, BLOCK);
	for (int i = 0; i < BLOCK; i++)
		block[i] ^= 0x36 ^ 0x5c;
	digest_begin(&key->outer);
	digest_add(&key->outer, block, BLOCK);
	cleanse(block, sizeof(block));
}

void digest_hmac(const struct digest_key *key, const void *bytes, size_t length,
	unsigned char result[DIGEST_BYTES])
{
	struct digest digest = key->inner;

	digest_add(&digest, bytes, length);
	digest_end(&digest, result);
	digest = key->outer;
	digest_add(&digest, result, DIGEST_BYTES);
	digest_end(&digest, result);
}
