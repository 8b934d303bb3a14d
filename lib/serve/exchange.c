#include "serve/exchange.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "serve/connections.h"
#include "serve/head.h"
#include "serve/server_parts.h"

/* What libmicrohttpd takes for a connection: a head, what it makes of it, and the answer's head. */
enum { MEMORY_BYTES = 28 << 10, MEMORY_STEP = 2 << 10 };

struct exchange {
	struct server *server;
	struct MHD_Connection *mhd;
	struct connection *connection;
	const struct http_handler *handler;
	void *own;
	struct head head;
	struct http_reply extra; /* headers for whatever answer */
	bool has_begun, has_ended;
	bool is_last;	      /* the connection ends with the answer; it may have more to read */
	pthread_mutex_t lock; /* of what follows */
	bool is_answered, is_asleep;
	struct http_reply reply;
};

/* What is asked */

const char *exchange_method(const struct exchange *exchange)
{
	return exchange->head.method;
}

const char *exchange_path(const struct exchange *exchange)
{
	return exchange->head.path;
}

const char *exchange_query(const struct exchange *exchange)
{
	return exchange->head.query;
}

const char *exchange_host(const struct exchange *exchange)
{
	return exchange->head.host;
}

const char *exchange_header(const struct exchange *exchange, const char *name)
{
	return head_find(&exchange->head, name);
}

size_t exchange_headers(const struct exchange *exchange, struct header *headers, size_t room)
{
	size_t count = exchange->head.header_count;

	if (count)
		memcpy(headers, exchange->head.headers,
			(count < room ? count : room) * sizeof(*headers));
	return count;
}

int64_t exchange_content_length(const struct exchange *exchange)
{
	return exchange->head.length;
}

void exchange_spare(struct exchange *exchange)
{
	connections_spare(&exchange->server->connections, exchange->connection);
}

/* What is answered */

void http_reply_header(struct http_reply *reply, const char *name, const char *value)
{
	reply->headers =
		memory_resize(reply->headers, reply->header_count + 1, sizeof(*reply->headers));
	reply->headers[reply->header_count++] =
		(struct http_reply_header){name, memory_copy(value)};
}

void http_reply_release(struct http_reply *reply)
{
	buffer_release(&reply->body);
	if (reply->has_file)
		close(reply->file);
	while (reply->header_count > 0)
		free(reply->headers[--reply->header_count].value);
	free(reply->headers);
	*reply = (struct http_reply){0};
}

void exchange_add_header(struct exchange *exchange, const char *name, const char *value)
{
	http_reply_header(&exchange->extra, name, value);
}

void exchange_answer(struct exchange *exchange, struct http_reply *reply)
{
	pthread_mutex_lock(&exchange->lock);
	exchange->reply = *reply;
	*reply = (struct http_reply){0};
	exchange->is_answered = true;
	/* It wakes up on its own thread, and can't be gone before the lock is free again. */
	if (exchange->is_asleep)
		MHD_resume_connection(exchange->mhd);
	exchange->is_asleep = false;
	pthread_mutex_unlock(&exchange->lock);
}

/* How it is sent */

static uint64_t reply_bytes(const struct http_reply *reply)
{
	if (reply->has_file)
		return reply->file_bytes;
	return reply->lasting ? reply->lasting_bytes : reply->body.length;
}

/* Make libmicrohttpd's form of the reply's body, and take that away from the reply. */
static struct MHD_Response *make_response(struct http_reply *reply)
{
	struct MHD_Response *response;

	if (reply->has_file) {
		reply->has_file = false;
		return MHD_create_response_from_fd_at_offset64(
			reply->file_bytes, reply->file, reply->file_first);
	}
	if (reply->lasting)
		/* It is only read; the type wasn't made for what is constant. */
		return MHD_create_response_from_buffer(reply->lasting_bytes,
			(void *)(uintptr_t)reply->lasting, MHD_RESPMEM_PERSISTENT);
	if (reply->body.length == 0)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer_with_free_callback(
		reply->body.length, reply->body.bytes, free);
	reply->body = (struct buffer){0};
	return response;
}

static void add_headers(struct MHD_Response *response, const struct http_reply *reply)
{
	for (size_t i = 0; i < reply->header_count; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
}

/* Send the answer. */
static enum MHD_Result send_reply(struct exchange *exchange)
{
	struct connections *connections = &exchange->server->connections;
	struct http_reply *reply = &exchange->reply;
	uint64_t bytes = reply_bytes(reply);
	struct MHD_Response *response = make_response(reply);
	enum MHD_Result result;

	if (!response)
		memory_exhausted();
	if (reply->content_type)
		MHD_add_response_header(response, "Content-Type", reply->content_type);
	add_headers(response, reply);
	add_headers(response, &exchange->extra);
	if (exchange->is_last || connections_ending(connections))
		MHD_add_response_header(response, "Connection", "close");
	connections_wait(
		connections, exchange->connection, CONNECTION_REPLY, bytes, clock_elapsed());
	if (exchange->server->settings.tell)
		exchange->server->settings.tell(
			exchange->head.method, exchange->head.path, reply->status);
	result = MHD_queue_response(exchange->mhd, (unsigned)reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/* How it goes */

static enum MHD_Result take_header(
	void *own, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct head *head = own;

	(void)kind;
	head->headers =
		memory_resize(head->headers, head->header_count + 1, sizeof(*head->headers));
	head->headers[head->header_count++] = (struct header){name, value ? value : ""};
	return MHD_YES;
}

/* Refuse a head; who knows where the next one would begin. */
static void refuse(struct exchange *exchange, int status)
{
	struct http_reply reply = {.status = status, .content_type = "text/plain"};

	exchange->is_last = true;
	buffer_text(&reply.body, "this request is refused\n");
	http_reply_header(&reply, "X-Content-Type-Options", "nosniff");
	exchange_answer(exchange, &reply);
}

/* The request line is there: make the exchange, which becomes the request's own. */
static void *on_target(void *own, const char *target, struct MHD_Connection *mhd)
{
	struct server *server = own;
	struct exchange *exchange = memory_new(1, sizeof(*exchange));

	exchange->server = server;
	exchange->mhd = mhd;
	exchange->connection =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	exchange->connection->exchange = exchange;
	pthread_mutex_init(&exchange->lock, NULL);
	head_take_target(&exchange->head, target);
	connections_wait(
		&server->connections, exchange->connection, CONNECTION_HEAD, 0, clock_elapsed());
	return exchange;
}

/* Return whether the head has parts that libmicrohttpd doesn't show (server_parts.h). */
static bool has_hidden_parts(const struct head *head, const char *version, size_t bytes)
{
	return MHD_VERSION < 0x00097700 && bytes > head_bytes(head, version);
}

/* Return the status to refuse the head with, or 0. */
static int check_head(struct exchange *exchange, const char *method, const char *version)
{
	struct head *head = &exchange->head;
	size_t bytes;

	head->method = method;
	MHD_get_connection_values(exchange->mhd, MHD_HEADER_KIND, take_header, head);
	bytes = MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
			->header_size;
	if (bytes > SERVER_MAX_HEAD)
		return 431;
	if (has_hidden_parts(head, version, bytes))
		return 400;
	return head_check(head, strcmp(version, "HTTP/1.0") == 0);
}

static void begin(struct exchange *exchange, const char *method, const char *version)
{
	struct server_settings *settings = &exchange->server->settings;
	int refused = check_head(exchange, method, version);

	exchange->has_begun = true;
	connections_wait(&exchange->server->connections, exchange->connection, CONNECTION_BODY, 0,
		clock_elapsed());
	if (refused || connections_ending(&exchange->server->connections)) {
		refuse(exchange, refused ? refused : 503);
		return;
	}
	exchange->handler = settings->choose(exchange, settings->state);
	if (exchange->handler)
		exchange->own = exchange->handler->begin(exchange, exchange->handler->state);
}

/* The head is there. An answer before the body ends the connection, so where there is none, it goes
 * out at the end, which follows at once. */
static enum MHD_Result on_head(struct exchange *exchange, const char *method, const char *version)
{
	begin(exchange, method, version);
	if (!exchange->is_answered || (exchange->head.length == 0 && !exchange->is_last))
		return MHD_YES;
	exchange->is_last = true;
	return send_reply(exchange);
}

static void on_piece(struct exchange *exchange, const char *bytes, size_t length)
{
	connections_progress(&exchange->server->connections, exchange->connection, length);
	if (!exchange->is_answered && exchange->handler->body)
		exchange->handler->body(exchange, exchange->own, bytes, length);
}

/* All has come: answer now, or sleep until there is an answer. */
static enum MHD_Result on_end(struct exchange *exchange)
{
	bool is_answered;

	if (!exchange->has_ended) {
		exchange->has_ended = true;
		connections_wait(&exchange->server->connections, exchange->connection,
			CONNECTION_BUSY, 0, clock_elapsed());
		if (!exchange->is_answered)
			exchange->handler->end(exchange, exchange->own);
	}
	pthread_mutex_lock(&exchange->lock);
	is_answered = exchange->is_answered;
	if (!is_answered) {
		exchange->is_asleep = true;
		MHD_suspend_connection(exchange->mhd);
	}
	pthread_mutex_unlock(&exchange->lock);
	return is_answered ? send_reply(exchange) : MHD_YES;
}

static enum MHD_Result on_request(void *own, struct MHD_Connection *mhd, const char *url,
	const char *method, const char *version, const char *bytes, size_t *length, void **request)
{
	struct exchange *exchange = *request;

	(void)own, (void)mhd, (void)url;
	if (!exchange->has_begun)
		return on_head(exchange, method, version);
	if (*length == 0)
		return on_end(exchange);
	on_piece(exchange, bytes, *length);
	*length = 0;
	return MHD_YES;
}

static void finish(struct exchange *exchange)
{
	/* Whoever answered may not be out of exchange_answer() yet. */
	pthread_mutex_lock(&exchange->lock);
	pthread_mutex_unlock(&exchange->lock);
	if (exchange->handler && exchange->handler->gone)
		exchange->handler->gone(exchange->own);
	exchange->connection->exchange = NULL;
	http_reply_release(&exchange->reply);
	http_reply_release(&exchange->extra);
	head_release(&exchange->head);
	pthread_mutex_destroy(&exchange->lock);
	free(exchange);
}

static void on_completed(
	void *own, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
	struct server *server = own;
	struct exchange *exchange = *request;

	(void)mhd, (void)code;
	if (!exchange)
		return;
	*request = NULL;
	if (exchange->is_last) {
		linger_add(&server->linger, exchange->connection->fd, clock_elapsed());
		server_wake(server);
	}
	connections_wait(
		&server->connections, exchange->connection, CONNECTION_KEPT, 0, clock_elapsed());
	finish(exchange);
}

static struct connection *add_connection(struct server *server, struct MHD_Connection *mhd)
{
	int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	return connections_add(&server->connections, fd, clock_elapsed());
}

/* A request that libmicrohttpd itself refuses is not always told to be completed. */
static void remove_connection(struct server *server, struct connection *connection)
{
	if (connection->exchange)
		finish(connection->exchange);
	connections_remove(&server->connections, connection);
}

static void on_connection(void *own, struct MHD_Connection *mhd, void **connection,
	enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*connection = add_connection(own, mhd);
	} else if (*connection) {
		remove_connection(own, *connection);
		*connection = NULL;
	}
}

struct MHD_Daemon *exchange_start(struct server *server, size_t max_connections)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
		0, NULL, NULL, on_request, server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)max_connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)MEMORY_STEP,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}
