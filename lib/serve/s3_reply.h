#ifndef SERVE_S3_REPLY_H
#define SERVE_S3_REPLY_H

struct error;
struct exchange;

/*
 * How S3 refuses what is asked of an object:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */

/* Answer with a status of HTTP, S3's code, and what it says to people: text without <, > and &. */
void s3_refuse(struct exchange *exchange, int status, const char *code, const char *message);

/* Answer that something failed which is no fault of the sender's, but for a name that can't be one;
 * the text of `err` is not told. */
void s3_fail(struct exchange *exchange, const struct error *err);

#endif
