#include "serve/download.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/percent.h"
#include "serve/etag.h"
#include "serve/range.h"
#include "serve/s3_reply.h"
#include "store/object.h"

struct downloads {
	struct download_settings settings;
	struct http_handler handler;
};

/* An object that was opened, and what of it is asked for. */
struct download {
	int file;
	struct object_written object;
	char etag[OBJECT_ETAG + 2]; /* in quotes */
	uint64_t first, count;
};

static const char *content_type(const char *key)
{
	static const char *const types[][2] = {{".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"},
		{".png", "image/png"}, {".webp", "image/webp"}};
	const char *suffix = strrchr(key, '.');

	for (size_t i = 0; suffix && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(suffix, types[i][0]) == 0)
			return types[i][1];
	return "application/octet-stream";
}

/* Write under which name a browser saves the object: the last part of its key, spelled in ASCII for
 * those who know no other way (https://www.rfc-editor.org/rfc/rfc6266#section-5). */
static void write_disposition(struct buffer *value, const char *key)
{
	const char *slash = strrchr(key, '/'), *name = slash ? slash + 1 : key;
	bool is_plain = true;

	buffer_text(value, "attachment; filename=\"");
	for (const char *at = name; *at; at++) {
		bool plain = *at > ' ' && *at < 0x7f && !strchr("\"%\\", *at);

		buffer_byte(value, plain ? *at : '_');
		is_plain = is_plain && plain;
	}
	buffer_byte(value, '"');
	if (is_plain)
		return;
	buffer_text(value, "; filename*=UTF-8''");
	percent_encode(value, name, strlen(name), false);
}

static void add_headers(struct http_reply *reply, const struct download *download, const char *key)
{
	struct buffer disposition = {0};

	write_disposition(&disposition, key);
	http_reply_header(reply, "ETag", download->etag);
	http_reply_header(reply, "Cache-Control", "private, no-cache");
	http_reply_header(reply, "Accept-Ranges", "bytes");
	http_reply_header(reply, "Content-Disposition", disposition.bytes);
	http_reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
	buffer_release(&disposition);
}

static void add_range(struct http_reply *reply, const struct download *download)
{
	struct buffer range = {0};

	buffer_format(&range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, download->first,
		download->first + download->count - 1, download->object.bytes);
	http_reply_header(reply, "Content-Range", range.bytes);
	buffer_release(&range);
}

static void refuse_range(struct exchange *exchange, const struct download *download)
{
	struct buffer range = {0};

	buffer_format(&range, "bytes */%" PRIu64, download->object.bytes);
	exchange_add_header(exchange, "Content-Range", range.bytes);
	s3_refuse(exchange, 416, "InvalidRange", "The object has no such bytes.");
	buffer_release(&range);
}

/* Read which bytes are asked for; of another object than the one that If-Range names it's all. */
static enum range read_range(const struct exchange *exchange, struct download *download)
{
	const char *condition = exchange_header(exchange, "If-Range");
	const char *range = exchange_header(exchange, "Range");

	if (condition && strcmp(condition, download->etag) != 0)
		range = NULL;
	download->count = download->object.bytes;
	return range_read(range, download->object.bytes, &download->first, &download->count);
}

/* Answer with an object that was opened; its file is taken. */
static void answer(struct exchange *exchange, struct download *download, const char *key)
{
	struct http_reply reply = {.status = 200};
	enum range range = read_range(exchange, download);

	if (etag_is_listed(exchange_header(exchange, "If-None-Match"), download->etag)) {
		reply.status = 304;
	} else if (range == RANGE_NONE) {
		close(download->file);
		refuse_range(exchange, download);
		return;
	} else {
		reply.content_type = content_type(key);
		reply.has_file = true;
		reply.file = download->file;
		reply.file_first = download->first;
		reply.file_bytes = download->count;
	}
	if (!reply.has_file)
		close(download->file);
	if (reply.has_file && range == RANGE_PART) {
		reply.status = 206;
		add_range(&reply, download);
	}
	add_headers(&reply, download, key);
	exchange_answer(exchange, &reply);
}

static void fail(
	const struct downloads *downloads, struct exchange *exchange, const struct error *err)
{
	if (err->type == ERROR_INVALID) {
		s3_refuse(exchange, 404, "NoSuchKey", "There is no object with this key.");
		return;
	}
	downloads->settings.tell(err->text);
	s3_fail(exchange, err);
}

static void *begin(struct exchange *exchange, void *state)
{
	const struct downloads *downloads = state;
	const struct download_settings *settings = &downloads->settings;
	struct s3_request request = {0};
	struct download download = {.file = -1};
	struct error err = {0};

	if (s3_request_take(&request, exchange, &settings->place) == 0) {
		const struct object_name name = {
			.bucket = settings->place.bucket, .key = request.key};

		exchange_spare(exchange);
		download.file = object_open_file(settings->store, &name, &download.object, &err);
		snprintf(download.etag, sizeof(download.etag), "\"%s\"", download.object.etag);
		if (download.file < 0)
			fail(downloads, exchange, &err);
		else
			answer(exchange, &download, request.key);
	}
	s3_request_release(&request);
	return NULL;
}

struct downloads *downloads_new(const struct download_settings *settings)
{
	struct downloads *downloads = memory_new(1, sizeof(*downloads));

	downloads->settings = *settings;
	downloads->handler = (struct http_handler){.begin = begin, .state = downloads};
	return downloads;
}

void downloads_free(struct downloads *downloads)
{
	free(downloads);
}

const struct http_handler *downloads_handler(const struct downloads *downloads)
{
	return &downloads->handler;
}
