#include "store/object_s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/stream.h"
#include "net/aws.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "net/xml.h"

/* An object goes out at once, or, if it is larger than a part, in parts: S3 takes 10,000. It
 * appears when its last request is answered. */
enum { PART_BYTES = 8 << 20, MAX_PARTS = 10000, DIGEST_TEXT = 48 };

/* How long S3 may take to put parts together, in seconds. */
static const double completing_patience = 300;

struct writing {
	const struct object_s3 *store;
	char *bucket;
	struct buffer path;
	char *content_type;
	struct buffer part; /* what was not sent yet */
	/* Of an object in parts: */
	char *upload_id; /* encoded for queries; NULL until there is one */
	int parts;
	struct buffer completion; /* the parts, as S3 wants them told at the end */
};

/* The SHA-256 of a body as S3 has it in a header. S3 checks it, and keeps it. */
static void digest_text(const struct buffer *body, struct buffer *text)
{
	unsigned char digest[DIGEST_BYTES];

	digest_of(body->length ? body->bytes : "", body->length, digest);
	base64_encode(text, digest, sizeof(digest));
}

static int put_whole(struct writing *writing, struct error *err)
{
	struct buffer digest = {0};
	struct header headers[] = {
		{"X-Amz-Checksum-Sha256", NULL}, {"Content-Type", writing->content_type}};
	struct aws_call call = {.method = "PUT",
		.bucket = writing->bucket,
		.path = writing->path.bytes,
		.headers = headers,
		.header_count = writing->content_type ? 2 : 1,
		.body = writing->part.bytes,
		.body_length = writing->part.length};
	struct aws_reply reply = {0};
	int rc;

	digest_text(&writing->part, &digest);
	headers[0].value = digest.bytes;
	rc = aws_call(writing->store->aws, &call, &reply, err);
	aws_reply_release(&reply);
	buffer_release(&digest);
	return rc;
}

static void take_upload_id(const char *path, const char *text, void *state)
{
	char **upload_id = state;

	if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0 && !*upload_id)
		*upload_id = memory_copy(text);
}

static int accept_upload(struct aws_reply *reply, void *state, struct error *err)
{
	struct writing *writing = state;
	const struct xml_reader reader = {.element = take_upload_id, .state = &writing->upload_id};

	if (xml_read(reply->body.bytes, reply->body.length, &reader, err))
		return -1;
	return writing->upload_id ? 0 : error_transient(err, "an upload that has no id");
}

static int create_upload(struct writing *writing, struct error *err)
{
	const struct header headers[] = {
		{"X-Amz-Checksum-Algorithm", "SHA256"}, {"Content-Type", writing->content_type}};
	const struct aws_call call = {.method = "POST",
		.bucket = writing->bucket,
		.path = writing->path.bytes,
		.query = "uploads=",
		.headers = headers,
		.header_count = writing->content_type ? 2 : 1,
		.accept = accept_upload,
		.state = writing};
	struct aws_reply reply = {0};
	int rc = aws_call(writing->store->aws, &call, &reply, err);

	aws_reply_release(&reply);
	return rc;
}

/* Tell for the end what S3 says of a part. */
static int note_part(struct writing *writing, const struct aws_reply *reply, const char *digest,
	struct error *err)
{
	const char *etag = http_header(reply->exchange, "ETag");

	if (!etag || strpbrk(etag, "<&"))
		return error_transient(err, "a part that has no ETag");
	buffer_format(&writing->completion,
		"<Part><PartNumber>%d</PartNumber><ETag>%s</ETag>"
		"<ChecksumSHA256>%s</ChecksumSHA256></Part>",
		writing->parts, etag, digest);
	return 0;
}

static int put_part(struct writing *writing, struct error *err)
{
	struct buffer digest = {0}, query = {0};
	struct header header = {"X-Amz-Checksum-Sha256", NULL};
	struct aws_call call = {.method = "PUT",
		.bucket = writing->bucket,
		.path = writing->path.bytes,
		.headers = &header,
		.header_count = 1,
		.body = writing->part.bytes,
		.body_length = writing->part.length};
	struct aws_reply reply = {0};
	int rc;

	if (!writing->upload_id && create_upload(writing, err))
		return -1;
	if (++writing->parts > MAX_PARTS)
		return error_limit(err, "more than %d parts", MAX_PARTS);
	digest_text(&writing->part, &digest);
	header.value = digest.bytes;
	buffer_format(&query, "partNumber=%d&uploadId=%s", writing->parts, writing->upload_id);
	call.query = query.bytes;
	rc = aws_call(writing->store->aws, &call, &reply, err);
	if (rc == 0)
		rc = note_part(writing, &reply, digest.bytes, err);
	aws_reply_release(&reply);
	buffer_release(&digest);
	buffer_release(&query);
	buffer_clear(&writing->part);
	return rc;
}

static void look_for_result(const char *path, const char *text, void *state)
{
	bool *completed = state;

	(void)text;
	*completed = *completed || strcmp(path, "CompleteMultipartUploadResult") == 0;
}

/* S3 says 200 before it knows how it will end, and the end in the body. */
static int accept_completion(struct aws_reply *reply, void *state, struct error *err)
{
	bool completed = false;
	const struct xml_reader reader = {.element = look_for_result, .state = &completed};

	(void)state;
	if (!reply->body.length || xml_read(reply->body.bytes, reply->body.length, &reader, err))
		return error_transient(err, "an upload that was not completed");
	return completed ? 0 : error_transient(err, "an upload that could not be completed");
}

static int complete_upload(struct writing *writing, struct error *err)
{
	struct buffer query = {0}, body = {0};
	struct aws_call call = {.method = "POST",
		.bucket = writing->bucket,
		.path = writing->path.bytes,
		.patience_seconds = completing_patience,
		.accept = accept_completion};
	struct aws_reply reply = {0};
	int rc;

	buffer_format(&query, "uploadId=%s", writing->upload_id);
	buffer_format(&body, "<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
		writing->completion.bytes);
	call.query = query.bytes;
	call.body = body.bytes;
	call.body_length = body.length;
	rc = aws_call(writing->store->aws, &call, &reply, err);
	aws_reply_release(&reply);
	buffer_release(&query);
	buffer_release(&body);
	return rc;
}

/* Let S3 forget the parts of an object that will not be. */
static void abort_upload(struct writing *writing)
{
	struct buffer query = {0};
	struct aws_call call = {
		.method = "DELETE", .bucket = writing->bucket, .path = writing->path.bytes};
	struct aws_reply reply = {0};
	struct error ignored = {0};

	buffer_format(&query, "uploadId=%s", writing->upload_id);
	call.query = query.bytes;
	aws_call(writing->store->aws, &call, &reply, &ignored);
	aws_reply_release(&reply);
	buffer_release(&query);
}

static int write_bytes(void *state, const void *bytes, size_t size, struct error *err)
{
	struct writing *writing = state;

	while (size > 0) {
		size_t room = PART_BYTES - writing->part.length;
		size_t piece = size < room ? size : room;

		if (room == 0) {
			if (put_part(writing, err))
				return -1;
			continue;
		}
		buffer_append(&writing->part, bytes, piece);
		bytes = (const char *)bytes + piece;
		size -= piece;
	}
	return 0;
}

static int write_commit(void *state, struct error *err)
{
	struct writing *writing = state;

	if (!writing->upload_id)
		return put_whole(writing, err);
	if (put_part(writing, err) || complete_upload(writing, err))
		return -1;
	free(writing->upload_id);
	writing->upload_id = NULL; /* there is nothing to undo any more */
	return 0;
}

static void write_close(void *state)
{
	struct writing *writing = state;

	if (writing->upload_id)
		abort_upload(writing);
	buffer_release(&writing->path);
	buffer_release(&writing->part);
	buffer_release(&writing->completion);
	free(writing->upload_id);
	free(writing->content_type);
	free(writing->bucket);
	free(writing);
}

static const struct stream_ops write_ops = {
	.write = write_bytes, .commit = write_commit, .close = write_close};

int object_s3_write(const void *state, const struct object_name *name, const char *content_type,
	struct stream *out, struct error *err)
{
	const struct object_s3 *store = state;
	const struct object_name full = {.bucket = object_s3_bucket(store, name), .key = name->key};
	struct writing *writing = memory_new(1, sizeof(*writing));

	writing->store = store;
	writing->bucket = memory_copy(full.bucket);
	writing->content_type = memory_copy(content_type);
	if (endpoint_object_path(&writing->path, name->key, err)) {
		write_close(writing);
		return object_prefix(err, &full);
	}
	*out = (struct stream){.ops = &write_ops, .state = writing};
	return 0;
}
