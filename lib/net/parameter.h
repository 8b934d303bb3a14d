#ifndef NET_PARAMETER_H
#define NET_PARAMETER_H

struct buffer;
struct error;

/* Secrets in AWS Systems Manager's Parameter Store:
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */

/* A parameter has at most so many bytes. */
enum { PARAMETER_MAX = 8192 };

/* Read the parameter `name`, decrypted, to `value`, which is empty, to be released with
 * secret_release(). No copies are left behind. -1 with `err` filled, "NAME: ...", if it can't be
 * had, and nothing of it is told. */
int parameter_get(const char *name, struct buffer *value, struct error *err);

#endif
