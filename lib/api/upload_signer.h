#ifndef API_UPLOAD_SIGNER_H
#define API_UPLOAD_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct presigner;
struct upload_grant;
struct upload_wish;

/* Grants uploads to S3: the two functions of a `struct upload_source` whose `state` this is. */
struct upload_signer {
	struct presigner *presigner;
	const char *bucket;
	const char *endpoint; /* that the URLs are of, NULL for the presigner's (net/presign.h) */
	int64_t seconds;      /* that a grant holds */
	bool once;	      /* and only if there is no such object */
};

/* Fill `grant` with a URL for the key, and with the headers that its sender has to set: type and
 * length are signed, and every sender sets the length by itself. */
int upload_signer_sign(const char *key, const struct upload_wish *wish, void *state,
	struct upload_grant *grant, struct error *err);

/* Fill `bytes` from the system. */
int upload_signer_random(void *bytes, size_t length, void *state, struct error *err);

#endif
