#define _DEFAULT_SOURCE /* for madvise(), MAP_ANONYMOUS and explicit_bzero() */
#include "net/secret.h"

#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/buffer.h"
#include "base/memory.h"

/* What stands before the bytes that are handed out. */
struct head {
	alignas(max_align_t) size_t size;
};

void *secret_new(size_t size)
{
	struct head *head;

	size += sizeof(*head);
	head = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (head == MAP_FAILED)
		memory_exhausted();
#ifdef MADV_DONTDUMP
	madvise(head, size, MADV_DONTDUMP);
#endif
	head->size = size;
	return head + 1;
}

void secret_free(void *bytes)
{
	struct head *head = bytes;

	if (head) /* the system never hands out a page with somebody's bytes in it */
		munmap(head - 1, head[-1].size);
}

void secret_clear(void *bytes, size_t size)
{
	if (size)
		explicit_bzero(bytes, size);
}

bool secret_equal(const void *a, const void *b, size_t size)
{
	const volatile unsigned char *left = a, *right = b;
	unsigned differ = 0;

	for (size_t i = 0; i < size; i++)
		differ |= left[i] ^ right[i];
	return differ == 0;
}

void secret_release(struct buffer *buffer)
{
	secret_clear(buffer->bytes, buffer->capacity);
	buffer_release(buffer);
}

void secret_forbid_core(void)
{
#ifdef PR_SET_DUMPABLE
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
