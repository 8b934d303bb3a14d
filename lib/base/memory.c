#define _DEFAULT_SOURCE /* for madvise() */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void (*end_process)(void) = abort;

void memory_on_exhausted(void (*end)(void))
{
	end_process = end;
}

void memory_exhausted(void)
{
	end_process();
	abort();
}

void *memory_new(size_t count, size_t size)
{
	void *bytes = calloc(count ? count : 1, size ? size : 1);

	if (!bytes)
		memory_exhausted();
	return bytes;
}

void *memory_resize(void *old, size_t count, size_t size)
{
	void *bytes;

	if (size && count > SIZE_MAX / size)
		memory_exhausted();
	bytes = realloc(old, count && size ? count * size : 1);
	if (!bytes)
		memory_exhausted();
	return bytes;
}

char *memory_copy(const char *text)
{
	size_t size;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(memory_resize(NULL, size, 1), text, size);
}

/* Advise on the pages that lie within. */
static void advise(void *bytes, size_t size, int advice)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)bytes + page - 1) / page * page;
	uintptr_t end = ((uintptr_t)bytes + size) / page * page;

	if (start < end)
		madvise((void *)start, end - start, advice);
}

void memory_will_fill(void *bytes, size_t size)
{
#ifdef MADV_HUGEPAGE
	advise(bytes, size, MADV_HUGEPAGE);
#else
	(void)bytes, (void)size;
#endif
}

void memory_forget(void *bytes, size_t size)
{
	advise(bytes, size, MADV_DONTNEED);
}
