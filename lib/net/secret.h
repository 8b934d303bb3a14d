#ifndef NET_SECRET_H
#define NET_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

/*
 * Room for what nobody may find afterwards, neither in a core file nor in memory that was given
 * back and is used for something else.
 */

/* Allocate `size` zeroed bytes that no core file has. Each takes whole pages. Free with
 * secret_free(), which takes NULL. */
void *secret_new(size_t size);
void secret_free(void *bytes);

/* Overwrite `size` bytes, though nobody reads them any more. */
void secret_clear(void *bytes, size_t size);

/* Return whether `size` bytes are the same, after a time that does not tell where they differ. */
bool secret_equal(const void *a, const void *b, size_t size);

/* Overwrite all that the buffer has room for, and release it. What it outgrew is still somewhere,
 * so buffer_reserve() makes room for all before the first secret byte comes. */
void secret_release(struct buffer *buffer);

/* Let this process leave no core file from now on: its environment, its stack and what libraries
 * keep may hold secrets too. */
void secret_forbid_core(void);

#endif
