#include "net/cloudfront.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/credentials_source.h"
#include "net/libcrypto.h"
#include "net/parameter.h"
#include "net/secret.h"

enum { KEY_BITS = 2048, SIGNATURE_BYTES = KEY_BITS / 8, MAX_ID = 64 };

static const char parameter_scheme[] = "ssm:";

static __typeof__(BIO_new_mem_buf) *bio_new;
static __typeof__(BIO_free) *bio_free;
static __typeof__(PEM_read_bio_PrivateKey) *read_key;
static __typeof__(EVP_PKEY_free) *key_free;
static __typeof__(EVP_PKEY_get_base_id) *key_kind;
static __typeof__(EVP_PKEY_get_bits) *key_bits;
static __typeof__(EVP_MD_CTX_new) *sign_new;
static __typeof__(EVP_MD_CTX_free) *sign_free;
static __typeof__(EVP_DigestSignInit) *sign_begin;
static __typeof__(EVP_DigestSign) *sign_bytes;
static __typeof__(EVP_sha1) *sha1;
static __typeof__(ERR_clear_error) *forget_errors;

static const struct library_symbol symbols[] = {
	{"BIO_new_mem_buf", &bio_new},
	{"BIO_free", &bio_free},
	{"PEM_read_bio_PrivateKey", &read_key},
	{"EVP_PKEY_free", &key_free},
	{"EVP_PKEY_get_base_id", &key_kind},
	{"EVP_PKEY_get_bits", &key_bits},
	{"EVP_MD_CTX_new", &sign_new},
	{"EVP_MD_CTX_free", &sign_free},
	{"EVP_DigestSignInit", &sign_begin},
	{"EVP_DigestSign", &sign_bytes},
	{"EVP_sha1", &sha1},
	{"ERR_clear_error", &forget_errors},
};

static struct library library = LIBCRYPTO(symbols);

struct cloudfront {
	char *key_id;
	EVP_PKEY *key;
};

/* Have no passphrase, and ask nobody for one. */
static int refuse_passphrase(char *text, int size, int writes, void *state)
{
	(void)text;
	(void)size;
	(void)writes;
	(void)state;
	return -1;
}

/* Read PEM; NULL if it is no private key. */
static EVP_PKEY *parse_key(const struct buffer *pem)
{
	BIO *bio = bio_new(pem->bytes, (int)pem->length);
	EVP_PKEY *key;

	if (!bio)
		memory_exhausted();
	key = read_key(bio, NULL, refuse_passphrase, NULL);
	bio_free(bio);
	forget_errors();
	return key;
}

static int check_id(const char *id, struct error *err)
{
	size_t length =
		strspn(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

	if (length == 0 || length > MAX_ID || id[length])
		return error_invalid(err, "%.80s: not the id of a key of CloudFront's", id);
	return 0;
}

static int fetch_key(const char *place, struct buffer *pem, struct error *err)
{
	size_t scheme = strlen(parameter_scheme);

	if (strncmp(place, parameter_scheme, scheme) == 0)
		return parameter_get(place + scheme, pem, err);
	return credentials_read_file(place, pem, err);
}

static int load_key(struct cloudfront *cloudfront, const char *place, struct error *err)
{
	struct buffer pem = {0};
	int rc = fetch_key(place, &pem, err);

	if (rc == 0) {
		cloudfront->key = parse_key(&pem);
		if (!cloudfront->key)
			rc = error_invalid(
				err, "%s: not a private key in PEM without a passphrase", place);
		else if (key_kind(cloudfront->key) != EVP_PKEY_RSA ||
			key_bits(cloudfront->key) != KEY_BITS)
			rc = error_invalid(err, "%s: not an RSA key of %d bits", place, KEY_BITS);
	}
	secret_release(&pem);
	return rc;
}

struct cloudfront *cloudfront_open(const char *key_id, const char *place, struct error *err)
{
	struct cloudfront *cloudfront;

	if (check_id(key_id, err) || library_open(&library, err))
		return NULL;
	secret_forbid_core(); /* libcrypto keeps the key where it likes */
	cloudfront = memory_new(1, sizeof(*cloudfront));
	cloudfront->key_id = memory_copy(key_id);
	if (load_key(cloudfront, place, err) == 0)
		return cloudfront;
	cloudfront_free(cloudfront);
	return NULL;
}

void cloudfront_free(struct cloudfront *cloudfront)
{
	if (!cloudfront)
		return;
	if (cloudfront->key)
		key_free(cloudfront->key);
	free(cloudfront->key_id);
	free(cloudfront);
}

/* Sign as RSASSA-PKCS1-v1_5 with SHA-1 does (RFC 8017, section 8.2). */
static int sign(const struct cloudfront *cloudfront, const struct buffer *text,
	unsigned char signature[SIGNATURE_BYTES], struct error *err)
{
	EVP_MD_CTX *signing = sign_new();
	size_t length = SIGNATURE_BYTES;
	int rc = 0;

	if (!signing)
		memory_exhausted();
	if (sign_begin(signing, NULL, sha1(), NULL, cloudfront->key) != 1 ||
		sign_bytes(signing, signature, &length, (const unsigned char *)text->bytes,
			text->length) != 1 ||
		length != SIGNATURE_BYTES)
		rc = error_internal(err, "libcrypto signs nothing by RSA and SHA-1");
	sign_free(signing);
	forget_errors();
	return rc;
}

/* Append base64 in which nothing means something in a query. */
static void append_base64(struct buffer *url, const unsigned char *bytes, size_t length)
{
	size_t start = url->length;

	base64_encode(url, bytes, length);
	for (char *at = url->bytes + start; *at; at++)
		*at = *at == '+' ? '-' : *at == '=' ? '_' : *at == '/' ? '~' : *at;
}

/* Append the canned policy, to the byte as CloudFront puts it together from the URL. */
static void append_policy(struct buffer *policy, const struct buffer *url, int64_t expires_at)
{
	buffer_text(policy, "{\"Statement\":[{\"Resource\":\"");
	buffer_append(policy, url->bytes, url->length);
	buffer_text(policy, "\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":");
	buffer_number(policy, expires_at);
	buffer_text(policy, "}}}]}");
}

int cloudfront_sign(const struct cloudfront *cloudfront, struct buffer *url, int64_t expires_at,
	struct error *err)
{
	unsigned char signature[SIGNATURE_BYTES];
	struct buffer policy = {0};
	int rc;

	if (expires_at > INT32_MAX)
		return error_invalid(err, "CloudFront knows no URLs that hold beyond January 2038");
	append_policy(&policy, url, expires_at);
	rc = sign(cloudfront, &policy, signature, err);
	if (rc == 0) {
		buffer_text(url, "?Expires=");
		buffer_number(url, expires_at);
		buffer_text(url, "&Signature=");
		append_base64(url, signature, sizeof(signature));
		buffer_text(url, "&Key-Pair-Id=");
		buffer_text(url, cloudfront->key_id);
	}
	buffer_release(&policy);
	return rc;
}
