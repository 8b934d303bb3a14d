#ifndef NET_XML_H
#define NET_XML_H

#include <stddef.h>

struct error;

/*
 * Reading the XML that S3 and STS answer, by expat, which is opened on first use.
 */

enum { XML_MAX_DEPTH = 16, XML_MAX_PATH = 256 };

/* Who is told of the elements of a document. */
struct xml_reader {
	/* An element ended; `path` names those that it is in and itself,
	 * "ListBucketResult/Contents/Key", without namespaces, and `text` is what stood in it
	 * directly. Both are borrowed for the call. */
	void (*element)(const char *path, const char *text, void *state);
	void *state;
};

/* Read `length` bytes of XML. -1 with `err` filled, Imgpl.Transient, if they are none, or break
 * off, or nest deeper than XML_MAX_DEPTH, or have a document type; what was told by then counts for
 * nothing. */
int xml_read(const char *bytes, size_t length, const struct xml_reader *reader, struct error *err);

#endif
