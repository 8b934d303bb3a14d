#include "net/http.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/ending.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/libcurl.h"
#include "net/secret.h"

enum {
	MAX_HEAD = 1 << 16,	 /* bytes of an answer's headers */
	RECEIVE = 1 << 17,	 /* bytes that libcurl takes from a socket at once */
	MAX_AHEAD = 1 << 18,	 /* bytes kept that nobody asked for yet, before the sender waits */
	DRAINED = 1 << 16,	 /* bytes worth reading to keep a connection */
	LEAST_PROGRESS = 64,	 /* bytes that end a wait */
	POLL_MILLISECONDS = 250, /* how often the clock is looked at */
};

static const double usual_connect_seconds = 5, usual_patience_seconds = 10,
		    ending_patience_seconds = 3;

/* A connection, and what is asked on it just now. An easy handle cannot be read from: it is driven
 * by a multi handle of its own, which also keeps the connection from one request to the next. */
struct http_line {
	CURL *easy;
	CURLM *multi;
	bool used;		/* for an earlier request */
	struct http_line *next; /* in the list of those that are idle */
};

struct http {
	const struct libcurl *curl; /* NULL until something is asked */
	char *ca_file;
	pthread_mutex_t lock;
	struct http_line *idle;
};

struct http_exchange {
	struct http *http;
	struct http_line *line; /* NULL once it can be used by others */
	struct curl_slist *headers;
	char *host;	    /* for messages */
	struct buffer head; /* its lines, without spaces at the end, each with a NUL */
	bool has_head;
	long status;
	bool done;	 /* nothing more comes */
	CURLcode result; /* why, if `done` */
	bool too_large;	 /* the head is */
	double patience_seconds;

	/* Where the reader wants bytes to go, and those that came without being asked for. */
	char *wanted;
	size_t wanted_size, got;
	struct buffer ahead;
	size_t ahead_read;
	bool paused;

	/* How long nothing came. */
	double waited;
	uint64_t received, moved; /* bytes of the answer; of both ways, when they last counted */
};

struct http *http_new(const char *ca_file)
{
	struct http *http = memory_new(1, sizeof(*http));

	http->ca_file = memory_copy(ca_file);
	pthread_mutex_init(&http->lock, NULL);
	return http;
}

static void line_free(const struct libcurl *curl, struct http_line *line)
{
	if (line->multi)
		curl->multi_cleanup(line->multi);
	if (line->easy)
		curl->easy_cleanup(line->easy);
	free(line);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->idle) {
		struct http_line *line = http->idle;

		http->idle = line->next;
		line_free(http->curl, line);
	}
	pthread_mutex_destroy(&http->lock);
	free(http->ca_file);
	free(http);
}

/* Take the line that was used last, whose connection is the likeliest to be still there. */
static struct http_line *line_take(struct http *http, struct error *err)
{
	struct http_line *line = NULL;
	bool ready;

	pthread_mutex_lock(&http->lock);
	if (!http->curl)
		http->curl = libcurl_open(err);
	ready = http->curl;
	if (ready && http->idle) {
		line = http->idle;
		http->idle = line->next;
	}
	pthread_mutex_unlock(&http->lock);
	if (!ready || line)
		return line;
	line = memory_new(1, sizeof(*line));
	line->easy = http->curl->easy_init();
	line->multi = http->curl->multi_init();
	if (!line->easy || !line->multi)
		memory_exhausted();
	return line;
}

/* Let others have the line of an exchange that is over. */
static void line_give(struct http_exchange *exchange)
{
	struct http *http = exchange->http;
	struct http_line *line = exchange->line;

	if (!line)
		return;
	http->curl->multi_remove_handle(line->multi, line->easy);
	line->used = true;
	exchange->line = NULL;
	pthread_mutex_lock(&http->lock);
	line->next = http->idle;
	http->idle = line;
	pthread_mutex_unlock(&http->lock);
}

static size_t take_head(char *bytes, size_t one, size_t length, void *state)
{
	struct http_exchange *exchange = state;

	size_t taken = length;

	(void)one;
	exchange->received += length;
	if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
		buffer_clear(&exchange->head); /* what came was 100 Continue */
		exchange->status = 0;
	}
	if (exchange->head.length + length > MAX_HEAD) {
		exchange->too_large = true;
		return 0;
	}
	while (length > 0 && isspace((unsigned char)bytes[length - 1]))
		length--;
	buffer_append(&exchange->head, bytes, length);
	buffer_byte(&exchange->head, '\0');
	exchange->http->curl->easy_getinfo(
		exchange->line->easy, CURLINFO_RESPONSE_CODE, &exchange->status);
	if (exchange->status >= 200 && length == 0)
		exchange->has_head = true;
	return taken;
}

static size_t take_body(char *bytes, size_t one, size_t length, void *state)
{
	struct http_exchange *exchange = state;
	size_t room = exchange->wanted_size - exchange->got;
	size_t direct = length < room ? length : room;

	(void)one;
	if (direct < length && exchange->ahead.length - exchange->ahead_read >= MAX_AHEAD) {
		exchange->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	exchange->received += length;
	if (direct) {
		memcpy(exchange->wanted + exchange->got, bytes, direct);
		exchange->got += direct;
	}
	if (direct < length)
		buffer_append(&exchange->ahead, bytes + direct, length - direct);
	return length;
}

/* Copy the URL's host and port. */
static char *host_of(const char *url)
{
	const char *host = strstr(url, "://");
	struct buffer copy = {0};

	host = host ? host + 3 : url;
	buffer_append(&copy, host, strcspn(host, "/?"));
	return copy.bytes;
}

static void add_headers(struct http_exchange *exchange, const struct http_request *request)
{
	const struct libcurl *curl = exchange->http->curl;
	struct buffer line = {0};
	/* Sent as they are asked for, and not what libcurl would add by itself. */
	static const char *const unasked[] = {"Accept:", "Expect:", "Content-Type:"};

	for (size_t i = 0; i < sizeof(unasked) / sizeof(unasked[0]); i++)
		exchange->headers = curl->slist_append(exchange->headers, unasked[i]);
	for (size_t i = 0; i < request->header_count; i++) {
		const struct header *header = &request->headers[i];

		buffer_clear(&line);
		buffer_format(
			&line, *header->value ? "%s: %s" : "%s;", header->name, header->value);
		exchange->headers = curl->slist_append(exchange->headers, line.bytes);
	}
	if (!exchange->headers)
		memory_exhausted();
	secret_release(&line);
}

static void set_body(const struct libcurl *curl, CURL *easy, const struct http_request *request)
{
	if (strcmp(request->method, "HEAD") == 0) {
		curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(request->method, "GET") != 0) {
		curl->easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
		curl->easy_setopt(
			easy, CURLOPT_POSTFIELDS, request->body ? request->body : (const void *)"");
		curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	}
}

static void set_options(struct http_exchange *exchange, const struct http_request *request)
{
	const struct libcurl *curl = exchange->http->curl;
	CURL *easy = exchange->line->easy;
	double connect_seconds =
		request->connect_seconds > 0 ? request->connect_seconds : usual_connect_seconds;

	curl->easy_reset(easy);
	curl->easy_setopt(easy, CURLOPT_URL, request->url);
	curl->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl->easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl->easy_setopt(easy, CURLOPT_USERAGENT, "imgpl");
	curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE);
	curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_seconds * 1000));
	curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
	curl->easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl->easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl->easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	if (request->direct)
		curl->easy_setopt(easy, CURLOPT_NOPROXY, "*");
	if (exchange->http->ca_file)
		curl->easy_setopt(easy, CURLOPT_CAINFO, exchange->http->ca_file);
	set_body(curl, easy, request);
}

/* Say what libcurl's result means. */
static int fail(const struct http_exchange *exchange, struct error *err)
{
	const char *why = exchange->http->curl->easy_strerror(exchange->result);

	if (exchange->too_large)
		return error_transient(
			err, "%s: the answer's headers are too large", exchange->host);
	switch (exchange->result) {
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
		return error_transient(err, "%s: the answer broke off", exchange->host);
	case CURLE_OPERATION_TIMEDOUT:
		return error_transient(err, "%s: no answer in time", exchange->host);

	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_URL_MALFORMAT:
		return error_internal(err, "%s: %s", exchange->host, why);
	default:
		return error_transient(err, "%s: %s", exchange->host, why);
	}
}

/* Fail if too little came for too long; `seconds` more have been waited. */
static int lose_patience(struct http_exchange *exchange, double seconds, struct error *err)
{
	curl_off_t sent = 0;
	uint64_t moved;

	exchange->http->curl->easy_getinfo(exchange->line->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	moved = exchange->received + (uint64_t)sent;
	exchange->waited += seconds;
	if (moved >= exchange->moved + LEAST_PROGRESS) {
		exchange->moved = moved;
		exchange->waited = 0;
	}
	if (exchange->waited < exchange->patience_seconds &&
		!(ending() && exchange->waited >= ending_patience_seconds))
		return 0;
	return error_transient(err, "%s: %s for %.0f s", exchange->host,
		exchange->has_head ? "the answer stood still" : "no answer", exchange->waited);
}

/* Note why the transfer ended, if it did. */
static void look_for_the_end(struct http_exchange *exchange)
{
	CURLMsg *message;
	int left;

	while ((message = exchange->http->curl->multi_info_read(exchange->line->multi, &left)))
		if (message->msg == CURLMSG_DONE) {
			exchange->done = true;
			exchange->result = message->data.result;
		}
}

/* Let libcurl send and receive what it can, and if that is nothing, wait for more. */
static int step(struct http_exchange *exchange, struct error *err)
{
	const struct libcurl *curl = exchange->http->curl;
	CURLM *multi = exchange->line->multi;
	uint64_t received = exchange->received;
	double began;
	int running;

	if (curl->multi_perform(multi, &running) != CURLM_OK)
		return error_internal(err, "%s: libcurl is in trouble", exchange->host);
	look_for_the_end(exchange);
	if (exchange->done || exchange->received != received || exchange->paused)
		return 0;
	began = clock_elapsed();
	curl->multi_poll(multi, NULL, 0, POLL_MILLISECONDS, NULL);
	return lose_patience(exchange, clock_elapsed() - began, err);
}

/* Return how often the request went out. libcurl sends it again by itself if a connection that was
 * kept turns out to be closed; it does not say so, but for the new connection. */
static int count_sendings(const struct http_exchange *exchange)
{
	long connects = 0;

	exchange->http->curl->easy_getinfo(exchange->line->easy, CURLINFO_NUM_CONNECTS, &connects);
	return exchange->line->used && connects > 0 ? 2 : 1;
}

struct http_exchange *http_begin(
	struct http *http, const struct http_request *request, struct error *err)
{
	struct http_line *line = line_take(http, err);
	struct http_exchange *exchange;

	if (!line)
		return NULL;
	exchange = memory_new(1, sizeof(*exchange));
	exchange->http = http;
	exchange->line = line;
	exchange->host = host_of(request->url);
	exchange->patience_seconds =
		request->patience_seconds > 0 ? request->patience_seconds : usual_patience_seconds;
	add_headers(exchange, request);
	set_options(exchange, request);
	if (http->curl->multi_add_handle(exchange->line->multi, exchange->line->easy) != CURLM_OK)
		memory_exhausted();
	while (!exchange->has_head && !exchange->done)
		if (step(exchange, err))
			goto failed;
	if (request->sent)
		*request->sent = count_sendings(exchange);
	if (exchange->has_head)
		return exchange;
	if (exchange->result == CURLE_OK)
		error_transient(err, "%s: an answer that is not HTTP", exchange->host);
	else
		fail(exchange, err);
failed:
	exchange->done = true; /* there is nothing to be read to its end */
	http_end(exchange);
	return NULL;
}

int http_status(const struct http_exchange *exchange)
{
	return (int)exchange->status;
}

const char *http_header(const struct http_exchange *exchange, const char *name)
{
	size_t length = strlen(name);
	const char *found = NULL;
	const char *line = exchange->head.bytes;
	const char *end = line + exchange->head.length;

	for (; line < end; line += strlen(line) + 1)
		if (strncasecmp(line, name, length) == 0 && line[length] == ':')
			found = line + length + 1 + strspn(line + length + 1, " \t");
	return found;
}

/* Hand out bytes that came earlier. */
static size_t take_ahead(struct http_exchange *exchange, char *bytes, size_t size)
{
	struct buffer *ahead = &exchange->ahead;
	size_t left = ahead->length - exchange->ahead_read;

	if (size > left)
		size = left;
	if (size)
		memcpy(bytes, ahead->bytes + exchange->ahead_read, size);
	exchange->ahead_read += size;
	if (exchange->ahead_read == ahead->length) {
		buffer_clear(ahead);
		exchange->ahead_read = 0;
	}
	return size;
}

/* Receive into `bytes` until there are some, or there will be none. */
static int receive(struct http_exchange *exchange, char *bytes, size_t size, struct error *err)
{
	int rc = 0;

	exchange->wanted = bytes;
	exchange->wanted_size = size;
	exchange->got = 0;
	if (exchange->paused) {
		exchange->paused = false;
		exchange->http->curl->easy_pause(exchange->line->easy, CURLPAUSE_CONT);
	}
	while (rc == 0 && exchange->got == 0 && !exchange->done)
		rc = step(exchange, err);
	exchange->wanted_size = 0;
	return rc;
}

ssize_t http_read(struct http_exchange *exchange, void *bytes, size_t size, struct error *err)
{
	size_t got = take_ahead(exchange, bytes, size);

	if (got == 0 && !exchange->done) {
		if (receive(exchange, bytes, size, err))
			return -1;
		got = exchange->got;
		exchange->got = 0;
	}
	if (exchange->done && exchange->result == CURLE_OK)
		line_give(exchange);
	if (got == 0 && exchange->result != CURLE_OK)
		return fail(exchange, err);
	return (ssize_t)got;
}

int http_read_all(
	struct http_exchange *exchange, size_t max_bytes, struct buffer *body, struct error *err)
{
	char bytes[1 << 14];
	ssize_t n;

	while ((n = http_read(exchange, bytes, sizeof(bytes), err)) > 0) {
		if ((size_t)n > max_bytes - body->length)
			return error_transient(err, "%s: an answer of more than %zu bytes",
				exchange->host, max_bytes);
		buffer_append(body, bytes, (size_t)n);
	}
	return n < 0 ? -1 : 0;
}

/* Read what is left, if that is little: a connection whose answer was read to its end is kept. */
static void drain(struct http_exchange *exchange)
{
	char bytes[1 << 14];
	size_t drained = 0;
	ssize_t n = 1;
	struct error err = {0};

	exchange->patience_seconds = 1;
	while (n > 0 && drained < DRAINED && exchange->line) {
		n = http_read(exchange, bytes, sizeof(bytes), &err);
		drained += n > 0 ? (size_t)n : 0;
	}
}

void http_end(struct http_exchange *exchange)
{
	if (!exchange)
		return;
	if (!exchange->done)
		drain(exchange);
	line_give(exchange);
	exchange->http->curl->slist_free_all(exchange->headers);
	buffer_release(&exchange->head);
	secret_release(&exchange->ahead); /* it may have been keys */
	free(exchange->host);
	free(exchange);
}

int http_date(const char *text, int64_t *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4], iso[CLOCK_TEXT];
	int day, year, hour, minute, second;
	const char *found;

	if (sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute,
		    &second) != 6)
		return -1;
	found = strstr(months, month);
	if (!found || (found - months) % 3 != 0)
		return -1;
	snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02dZ", year,
		(int)(found - months) / 3 + 1, day, hour, minute, second);
	return clock_parse(iso, seconds);
}

void http_versions(struct buffer *lines)
{
	const struct libcurl *curl = libcurl_opened();

	if (curl)
		buffer_format(lines, "%s\n", curl->version());
}
