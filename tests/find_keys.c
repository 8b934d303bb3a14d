/* find_keys FILE DAY REGION SERVICE: look in a file, an image of some process's memory, for the
 * secret on standard input, the keys that signatures are made with of it, and the states of SHA-256
 * that do as well as those keys. Print the name of each that is there; exit 1 if any is. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

static const char *image;
static size_t image_length;
static int found;

static void look(const char *of, const char *what, const void *bytes, size_t length)
{
	if (!memmem(image, image_length, bytes, length))
		return;
	printf("%s %s\n", of, what);
	found = 1;
}

/* Look for the state of SHA-256 after the first block of an HMAC. */
static void look_for_state(
	const char *of, const char *what, const void *key, size_t length, unsigned char pad)
{
	unsigned char block[SHA256_CBLOCK] = {0};
	SHA256_CTX state;

	memcpy(block, key, length);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= pad;
	SHA256_Init(&state);
	SHA256_Update(&state, block, sizeof(block));
	look(of, what, state.h, sizeof(state.h));
}

static void look_for_key(const char *of, const void *key, size_t length)
{
	look(of, "key", key, length);
	look_for_state(of, "inner state", key, length, 0x36);
	look_for_state(of, "outer state", key, length, 0x5c);
}

/* Look for all keys, from the secret to the one that signs. */
static void look_for_all(char *const parts[4], const char *secret)
{
	unsigned char key[SHA256_CBLOCK], next[SHA256_DIGEST_LENGTH];
	size_t length = (size_t)snprintf((char *)key, sizeof(key), "AWS4%s", secret);

	look("secret", "key", secret, strlen(secret));
	look_for_key("secret", key, length);
	for (int i = 0; i < 4; i++) {
		HMAC(EVP_sha256(), key, (int)length, (const unsigned char *)parts[i],
			strlen(parts[i]), next, NULL);
		length = sizeof(next);
		memcpy(key, next, length);
		look_for_key(parts[i], key, length);
	}
}

int main(int argc, char **argv)
{
	char secret[SHA256_CBLOCK - 4];
	char *parts[] = {argv[2], argv[3], argv[4], "aws4_request"};
	int file = argc == 5 ? open(argv[1], O_RDONLY) : -1;
	struct stat status;

	if (file < 0 || fstat(file, &status) || !fgets(secret, sizeof(secret), stdin))
		return 2;
	secret[strcspn(secret, "\n")] = '\0';
	image_length = (size_t)status.st_size;
	image = mmap(NULL, image_length, PROT_READ, MAP_PRIVATE, file, 0);
	if (image == MAP_FAILED || !*secret)
		return 2;
	look_for_all(parts, secret);
	return found;
}
