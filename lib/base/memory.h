#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/*
 * Small allocations, which do not fail: when memory is exhausted the process ends, since json-c
 * cannot go on without memory either. What grows with a picture is allocated with malloc() by the
 * code that needs it, and fails like anything else.
 */

/* Set what memory_exhausted() calls; it must not return and must not allocate. Without one the
 * process aborts. */
void memory_on_exhausted(void (*end)(void));

/* End the process because memory has run out. */
void memory_exhausted(void) __attribute__((noreturn));

/* Allocate `count` zeroed elements of `size` bytes. Free with free(). */
void *memory_new(size_t count, size_t size);

/* Give `old` (which may be NULL) the room of `count` elements of `size` bytes, as realloc() does.
 * Free with free(). */
void *memory_resize(void *old, size_t count, size_t size);

/* Copy the string `text`; NULL stays NULL. Free with free(). */
char *memory_copy(const char *text);

/* Advise that `size` bytes, which need not start or end a page, will all be written soon: where the
 * system can, they come in few large pages, which takes a third of the time of many small ones. */
void memory_will_fill(void *bytes, size_t size);

/* Give the pages that lie within back to the system: what was in them is lost, and they are zeros
 * if they are used again, or stay what they were where the system can't. */
void memory_forget(void *bytes, size_t size);

#endif
