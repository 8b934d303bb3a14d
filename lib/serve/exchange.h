#ifndef SERVE_EXCHANGE_H
#define SERVE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "net/header.h"

/*
 * One HTTP request, and the answer to it: what those see who answer. They need not know how it
 * travels (serve/server.h).
 */

struct exchange;

/* What came before the body. Borrowed from the exchange. Whatever reaches a handler is well-formed:
 * the path begins with a slash, there is one Host (or none in HTTP/1.0, and it is ""), at most one
 * Content-Length and one Origin, and no name or value of a header holds a control character but
 * tabs. */
const char *exchange_method(const struct exchange *exchange); /* "PUT" */
const char *exchange_path(const struct exchange *exchange);   /* as it was sent, up to the ? */
const char *exchange_query(const struct exchange *exchange);  /* as it was sent, "" if none */
const char *exchange_host(const struct exchange *exchange);   /* "localhost:8080" */

/* Return the value of the first header of this name, in whatever case; NULL if there is none.
 * Borrowed. */
const char *exchange_header(const struct exchange *exchange, const char *name);

/* Fill at most `room` headers, in the order in which they came, names as they were sent, and return
 * how many there are. Borrowed. */
size_t exchange_headers(const struct exchange *exchange, struct header *headers, size_t room);

/* Return how many bytes the body will have: 0 if there is none, -1 if nobody told (chunked). No
 * more than that come. */
int64_t exchange_content_length(const struct exchange *exchange);

/* A header of an answer, besides those that HTTP itself wants. */
struct http_reply_header {
	const char *name; /* static */
	char *value;	  /* its own */
};

/* An answer. Starts at zero; what it holds is taken by exchange_answer(), or else released with
 * http_reply_release(). Its body is one of three; at most one may be there. */
struct http_reply {
	int status;		  /* 200 */
	const char *content_type; /* static; NULL is none */
	struct buffer body;
	const void *lasting; /* bytes that outlive the server */
	size_t lasting_bytes;
	bool has_file;
	int file;			 /* it is closed */
	uint64_t file_first, file_bytes; /* where what is sent begins, and how much that is */
	size_t header_count;
	struct http_reply_header *headers;
};

/* Add a header; `name` is static, `value` is copied. */
void http_reply_header(struct http_reply *reply, const char *name, const char *value);

void http_reply_release(struct http_reply *reply);

/* Add a header to the answer of this exchange, whoever gives it; only before it is answered. */
void exchange_add_header(struct exchange *exchange, const char *name, const char *value);

/* Spare this exchange when there are more connections than may be: its sender has shown who it is.
 * Others are broken off then while their bodies are awaited, or their answers taken. At most half
 * of the connections are spared at once. */
void exchange_spare(struct exchange *exchange);

/* Answer the exchange, once, and take what `reply` holds: it is empty afterwards. From within
 * begin(), body() and end(), or, once end() has returned, from any thread.
 *
 * An answer from begin() is sent at once; the body, if there is one, is not read, and the
 * connection ends. An answer from body() is sent when the rest of the body has come, which nobody
 * sees. To HEAD all is answered as to GET; the body isn't sent. */
void exchange_answer(struct exchange *exchange, struct http_reply *reply);

/* Who answers. `own` is what begin() returned for this exchange. All but gone() are called on
 * threads that serve other exchanges too, so none of them may wait for long. */
struct http_handler {
	/* The head is there. May answer. */
	void *(*begin)(struct exchange *exchange, void *state);
	/* A piece of the body; not called after an answer. NULL where bodies don't matter. */
	void (*body)(struct exchange *exchange, void *own, const void *bytes, size_t length);
	/* All of the body is there, be it empty; not called after an answer. Answer now, or later,
	 * from any thread; but it has to be answered, even if the connection is lost by then. NULL
	 * where begin() always answers. */
	void (*end)(struct exchange *exchange, void *own);
	/* The exchange is over: its answer was sent, or wasn't, or its body broke off, which is why
	 * there may have been no end() and no answer. Always called, once, as the last; `exchange`
	 * is no more. Once end() was called it comes after the answer. May come from any thread.
	 * NULL where there is nothing to release. */
	void (*gone)(void *own);
	void *state; /* of begin() */
};

#endif
