#ifndef NET_LIBRARY_H
#define NET_LIBRARY_H

#include <stddef.h>

struct error;

/*
 * Shared libraries that are opened on first use: a tool that works on files alone links to this
 * room, and would else pay for libcurl and all that it needs at every start.
 */

struct library_symbol {
	const char *name;
	void *slot; /* the address of the pointer that is to hold the function's */
};

struct library {
	const char *file;    /* "libcurl.so.4" */
	const char *package; /* who has it, for the message */
	const struct library_symbol *symbols;
	size_t symbol_count;
	void *handle; /* NULL until it is open */
};

/* Open the library and fill the slots of its symbols, unless that was done before. It stays open.
 * May be called from many threads. -1 with `err` filled, Imgpl.Internal, if it is missing. */
int library_open(struct library *library, struct error *err);

#endif
