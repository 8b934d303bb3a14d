#include "lambda/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "lambda/chunks.h"

/* Bytes that are read at once, and up to which a body goes out together with its head. */
enum { CHUNK = 1 << 16 };

struct wire {
	char *address, *host, *port;
	int socket;	   /* or -1 */
	bool closed;	   /* by the server */
	struct buffer out; /* a request's head, and its body if it is small */
	struct buffer in;  /* what was read, and belongs to nothing yet */
	wire_wait *wait;
	void *state;
};

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	long port = digits && digits <= 5 && !text[digits] ? atol(text) : 0;

	return port >= 1 && port <= 65535;
}

/* Return where the port begins in "HOST:PORT", or NULL. */
static const char *find_port(const char *address)
{
	const char *colon = strrchr(address, ':');
	bool bracketed = *address == '[' && colon && colon > address && colon[-1] == ']';

	if (!colon || colon == address || !is_port(colon + 1))
		return NULL;
	if (strpbrk(address, "/@?# \t\r\n") || (strchr(address, ':') != colon && !bracketed))
		return NULL;
	return colon + 1;
}

bool wire_is_address(const char *address)
{
	return find_port(address) != NULL;
}

struct wire *wire_new(const char *address, wire_wait *wait, void *state)
{
	const char *port = find_port(address);
	struct wire *wire;

	wire = memory_new(1, sizeof(*wire));
	wire->address = memory_copy(address);
	wire->host = memory_copy(*address == '[' ? address + 1 : address);
	wire->host[(size_t)(port - address) - (*address == '[' ? 3 : 1)] = '\0';
	wire->port = memory_copy(port);
	wire->socket = -1;
	wire->wait = wait;
	wire->state = state;
	return wire;
}

static void hang_up(struct wire *wire)
{
	if (wire->socket >= 0)
		close(wire->socket);
	wire->socket = -1;
	wire->closed = false;
	buffer_clear(&wire->in);
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	hang_up(wire);
	buffer_release(&wire->in);
	buffer_release(&wire->out);
	free(wire->address);
	free(wire->host);
	free(wire->port);
	free(wire);
}

/* Fill `err` from errno, as what may pass: whether the server is there is the platform's affair. */
static int failed(const struct wire *wire, struct error *err)
{
	return error_transient(err, "%.200s: %s", wire->address, strerror(errno));
}

static int broke_off(const struct wire *wire, struct error *err)
{
	return error_transient(err, "%.200s: the answer breaks off", wire->address);
}

static int unwanted(const struct wire *wire, struct error *err)
{
	return error_transient(err, "%.200s: given up", wire->address);
}

static void set_up(int socket)
{
	int on = 1;

	fcntl(socket, F_SETFD, FD_CLOEXEC);
	fcntl(socket, F_SETFL, O_NONBLOCK | fcntl(socket, F_GETFL));
	setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* Connect to the first address of the host that answers. */
static int dial(struct wire *wire, struct error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(wire->host, wire->port, &hints, &found);

	if (rc)
		return error_transient(err, "%.200s: %s", wire->address, gai_strerror(rc));
	for (struct addrinfo *each = found; each && wire->socket < 0; each = each->ai_next) {
		wire->socket = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
		if (wire->socket < 0)
			continue;
		if (connect(wire->socket, each->ai_addr, each->ai_addrlen) == 0) {
			set_up(wire->socket);
		} else {
			rc = errno;
			hang_up(wire);
			errno = rc;
		}
	}
	freeaddrinfo(found);
	return wire->socket < 0 ? failed(wire, err) : 0;
}

/* Return whether the connection that was kept can no longer be used: it was closed, or there is an
 * answer that nobody asked for. */
static bool is_stale(const struct wire *wire)
{
	struct pollfd poller = {.fd = wire->socket, .events = POLLIN};

	return wire->in.length > 0 || poll(&poller, 1, 0) != 0;
}

/* Send bytes. Return 1 if the server answers before it has them all. */
static int send_all(struct wire *wire, const char *bytes, size_t length, struct error *err)
{
	while (length) {
		ssize_t n = send(wire->socket, bytes, length, MSG_NOSIGNAL);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			struct pollfd poller = {.fd = wire->socket, .events = POLLIN};

			if (wire->wait(wire->socket, POLLIN | POLLOUT, wire->state))
				return unwanted(wire, err);
			if (poll(&poller, 1, 0) > 0)
				return 1;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return 1; /* what it said before it closed may be there to read */
		} else if (errno != EINTR) {
			return failed(wire, err);
		}
	}
	return 0;
}

static void compose_head(struct wire *wire, const struct wire_request *request)
{
	struct buffer *out = &wire->out;

	buffer_clear(out);
	buffer_format(out, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: imgpl\r\n", request->method,
		request->path, wire->address);
	for (size_t i = 0; i < request->header_count; i++)
		buffer_format(
			out, "%s: %s\r\n", request->headers[i].name, request->headers[i].value);
	if (request->body)
		buffer_format(out, "Content-Length: %zu\r\n", request->body_length);
	buffer_text(out, "\r\n");
}

static int send_request(struct wire *wire, const struct wire_request *request, struct error *err)
{
	bool together = request->body && request->body_length <= CHUNK;
	int rc;

	compose_head(wire, request);
	if (together)
		buffer_append(&wire->out, request->body, request->body_length);
	rc = send_all(wire, wire->out.bytes, wire->out.length, err);
	if (rc == 0 && request->body && !together)
		rc = send_all(wire, request->body, request->body_length, err);
	return rc;
}

/* Append what there is to read; 0 is the end. */
static ssize_t receive(struct wire *wire, struct buffer *in, size_t most, struct error *err)
{
	ssize_t n;

	most = most < CHUNK ? most : CHUNK;
	buffer_reserve(in, most);
	for (;;) {
		n = recv(wire->socket, in->bytes + in->length, most, 0);
		wire->closed = n == 0 || (n < 0 && errno == ECONNRESET);
		if (n >= 0)
			break;
		if ((errno == EAGAIN || errno == EWOULDBLOCK) &&
			wire->wait(wire->socket, POLLIN, wire->state))
			return unwanted(wire, err);
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			return failed(wire, err);
	}
	in->length += (size_t)n;
	in->bytes[in->length] = '\0';
	return n;
}

/* Read a head. Those that only say that another will come are passed over. */
static int read_head(struct wire *wire, struct reply_head *head, struct error *err)
{
	struct buffer *in = &wire->in;
	size_t length;

	do {
		while (!(length = reply_head_find(in->bytes, in->length))) {
			ssize_t n;

			if (in->length >= REPLY_HEAD_MAX_BYTES)
				return error_transient(err, "%.200s: a head of more than %d bytes",
					wire->address, REPLY_HEAD_MAX_BYTES);
			n = receive(wire, in, CHUNK, err);
			if (n <= 0)
				return n < 0 ? -1 : broke_off(wire, err);
		}
		if (reply_head_parse(head, in->bytes, length, err))
			return error_prefix(err, wire->address);
		buffer_replace(in, 0, length, NULL, 0);
	} while (head->status < 200);
	return 0;
}

static int read_length(struct wire *wire, uint64_t length, size_t max_bytes, struct buffer *body,
	struct error *err)
{
	size_t ready = wire->in.length < length ? wire->in.length : (size_t)length;

	if (length > max_bytes)
		return error_limit(err, "a body of more than %zu bytes", max_bytes);
	buffer_reserve(body, (size_t)length);
	buffer_append(body, wire->in.bytes, ready);
	buffer_replace(&wire->in, 0, ready, NULL, 0);
	while (body->length < length) {
		ssize_t n = receive(wire, body, (size_t)length - body->length, err);

		if (n <= 0)
			return n < 0 ? -1 : broke_off(wire, err);
	}
	return 0;
}

static int read_chunks(struct wire *wire, size_t max_bytes, struct buffer *body, struct error *err)
{
	struct chunks chunks = {.state = CHUNKS_SIZE};

	for (;;) {
		struct buffer *in = &wire->in;
		size_t used = 0;
		int ended =
			chunks_decode(&chunks, in->bytes, in->length, max_bytes, body, &used, err);
		ssize_t n;

		if (ended < 0)
			return -1;
		buffer_replace(in, 0, used, NULL, 0);
		if (ended)
			return 0;
		n = receive(wire, in, CHUNK, err);
		if (n <= 0)
			return n < 0 ? -1 : broke_off(wire, err);
	}
}

static int read_to_end(struct wire *wire, size_t max_bytes, struct buffer *body, struct error *err)
{
	ssize_t n;

	buffer_append(body, wire->in.bytes, wire->in.length);
	buffer_clear(&wire->in);
	do {
		if (body->length > max_bytes)
			return error_limit(err, "a body of more than %zu bytes", max_bytes);
		n = receive(wire, body, CHUNK, err);
	} while (n > 0);
	return (int)n;
}

static int read_answer(
	struct wire *wire, size_t max_bytes, struct wire_answer *answer, struct error *err)
{
	const struct reply_head *head = &answer->head;

	if (read_head(wire, &answer->head, err))
		return -1;
	if (head->body == REPLY_HEAD_CHUNKED)
		return read_chunks(wire, max_bytes, &answer->body, err);
	if (head->body == REPLY_HEAD_CLOSED)
		return read_to_end(wire, max_bytes, &answer->body, err);
	return read_length(wire, head->length, max_bytes, &answer->body, err);
}

/* Send a request over the connection that is there, and read the answer; 1 if it turns out that the
 * server has closed it without a word. */
static int exchange(struct wire *wire, const struct wire_request *request, size_t max_bytes,
	struct wire_answer *answer, struct error *err)
{
	int early = send_request(wire, request, err);
	int rc = early < 0 ? -1 : read_answer(wire, max_bytes, answer, err);
	bool silent = rc && wire->closed && !answer->head.status && !wire->in.length;

	if (rc || early || !answer->head.kept)
		hang_up(wire);
	return silent ? 1 : rc;
}

int wire_call(struct wire *wire, const struct wire_request *request, size_t max_bytes,
	struct wire_answer *answer, struct error *err)
{
	bool kept;
	int rc;

	buffer_clear(&answer->body);
	reply_head_release(&answer->head);
	if (wire->socket >= 0 && is_stale(wire))
		hang_up(wire);
	kept = wire->socket >= 0;
	if (!kept && dial(wire, err))
		return -1;
	rc = exchange(wire, request, max_bytes, answer, err);
	if (rc == 1 && kept && !request->body && dial(wire, err) == 0)
		rc = exchange(wire, request, max_bytes, answer, err);
	return rc ? -1 : 0;
}

void wire_answer_release(struct wire_answer *answer)
{
	reply_head_release(&answer->head);
	buffer_release(&answer->body);
}
