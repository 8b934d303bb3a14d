#ifndef NET_CLOUDFRONT_H
#define NET_CLOUDFRONT_H

#include <stdint.h>

struct buffer;
struct cloudfront;
struct error;

/*
 * URLs of files that CloudFront serves to whoever has one, for a while: by a canned policy, signed
 * with RSA and SHA-1, which is what CloudFront takes where a URL names nothing else.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
 */

/* Take the private key at `place`: a file, or "ssm:NAME", a parameter in AWS's Parameter Store
 * (parameter.h). It is an RSA key of 2048 bits in PEM, without a passphrase; CloudFront knows its
 * public half as `key_id`, which is copied. May be used from many threads. NULL with `err` filled
 * if the key can't be had, or, Imgpl.Invalid, id or key can be none, and nothing of the key is
 * told. Free with cloudfront_free(), which takes NULL. */
struct cloudfront *cloudfront_open(const char *key_id, const char *place, struct error *err);
void cloudfront_free(struct cloudfront *cloudfront);

/* Append the query that lets `url`, all of it, be used until `expires_at`, seconds since 1970. It
 * has none yet, and is spelled as it will be asked for. -1 with `err` filled, Imgpl.Invalid, if
 * that is later than CloudFront can tell, in 2038. */
int cloudfront_sign(const struct cloudfront *cloudfront, struct buffer *url, int64_t expires_at,
	struct error *err);

#endif
