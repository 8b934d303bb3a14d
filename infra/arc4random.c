/* Random bytes for libexpat where glibc is older than the one that Debian builds it for, which has
 * arc4random_buf() since 2.36. */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

void arc4random_buf(void *bytes, size_t size);

void arc4random_buf(void *bytes, size_t size)
{
	unsigned char *at = bytes;

	while (size > 0) {
		ssize_t n = getrandom(at, size, 0);

		if (n < 0 && errno != EINTR)
			abort();
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
}
