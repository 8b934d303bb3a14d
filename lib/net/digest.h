#ifndef NET_DIGEST_H
#define NET_DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct error;

/*
 * SHA-256 (FIPS 180-4), by OpenSSL's libcrypto, and HMAC (RFC 2104) upon it. Before anything else
 * digest_open() is called once.
 */

enum { DIGEST_BYTES = 32, DIGEST_HEX = 2 * DIGEST_BYTES + 1 };

/* Open libcrypto; as library_open(). */
int digest_open(struct error *err);

/* A digest of bytes that come piece by piece. A copy of the struct goes on by itself. */
struct digest {
	uint32_t state[28];
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t length);
void digest_end(struct digest *digest, unsigned char result[DIGEST_BYTES]);

/* Digest `length` bytes at once. */
void digest_of(const void *bytes, size_t length, unsigned char result[DIGEST_BYTES]);

/* Write a digest in lower-case hexadecimal digits. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char hex[DIGEST_HEX]);

/* A key of HMAC-SHA-256, worked into the states that every message begins with. It is as secret as
 * the key. */
struct digest_key {
	struct digest inner, outer;
};

void digest_key_init(struct digest_key *key, const void *secret, size_t length);

/* Authenticate `length` bytes with the key. */
void digest_hmac(const struct digest_key *key, const void *bytes, size_t length,
	unsigned char result[DIGEST_BYTES]);

#endif
