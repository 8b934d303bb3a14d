#include "store/object_s3.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/ending.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/percent.h"
#include "base/random.h"
#include "base/stream.h"
#include "net/aws.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "store/object_backend.h"

static const struct aws_service service = {.name = "s3", .variable = "S3", .signs_payload = true};

/* How often a body that broke off is asked for again. */
enum { RESUMES = AWS_MAX_ATTEMPTS - 1, RANGE = 96 };

/* Before the first of these, in seconds, at random up to that; twice as much before each other. */
static const double resume_pause = 0.2;

static void close_store(void *state)
{
	struct object_s3 *store = state;

	aws_free(store->aws);
	free(store->bucket);
	free(store);
}

static void *open_store(const char *place, const char *bucket, struct error *err)
{
	struct object_s3 *store;
	struct aws *aws;

	(void)place;
	if (!bucket || !*bucket) {
		error_invalid(err,
			"s3: needs a bucket: --store=s3:BUCKET, --bucket=NAME or "
			"UPLOAD_BUCKET");
		return NULL;
	}
	if (!endpoint_is_bucket(bucket)) {
		error_invalid(err, "'%.80s' is no name of a bucket", bucket);
		return NULL;
	}
	aws = aws_open(&service, err);
	if (!aws)
		return NULL;
	store = memory_new(1, sizeof(*store));
	store->aws = aws;
	store->bucket = memory_copy(bucket);
	return store;
}

const char *object_s3_bucket(const struct object_s3 *store, const struct object_name *name)
{
	return name->bucket ? name->bucket : store->bucket;
}

char *object_s3_etag(const char *header)
{
	struct buffer etag = {0};
	size_t length = header ? strlen(header) : 0;
	bool quoted = length >= 2 && header[0] == '"' && header[length - 1] == '"';

	buffer_text(&etag, "");
	if (length)
		buffer_append(&etag, header + quoted, length - 2 * quoted);
	return etag.bytes;
}

/* An object that is being read. */
struct reading {
	const struct object_s3 *store;
	struct aws_reply reply;
	char *bucket;
	struct buffer path, query;
	char *etag; /* as the header has it */
	uint64_t length, got;
	int resumes;
	bool replaced; /* by another object, meanwhile */
	/* What its SHA-256 is to be, if S3 knows. */
	unsigned char expected[DIGEST_BYTES];
	bool has_digest;
	struct digest digest;
};

static void reading_close(void *state)
{
	struct reading *reading = state;

	aws_reply_release(&reading->reply);
	buffer_release(&reading->path);
	buffer_release(&reading->query);
	free(reading->bucket);
	free(reading->etag);
	free(reading);
}

static int read_length(const struct aws_reply *reply, uint64_t *length, struct error *err)
{
	const char *text = http_header(reply->exchange, "Content-Length");
	char *end;

	errno = 0;
	*length = text && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	if (!text || errno || *text < '0' || *text > '9' || *end)
		return error_transient(err, "an answer that does not say how long it is");
	return 0;
}

/* Take an answer for the object, or for what is left of the one that was begun. */
static int accept_answer(struct aws_reply *reply, void *state, struct error *err)
{
	struct reading *reading = state;
	const char *etag = http_header(reply->exchange, "ETag");
	const char *range = http_header(reply->exchange, "Content-Range");
	char expected[RANGE];
	uint64_t length = 0;

	if (read_length(reply, &length, err))
		return -1;
	if (!reading->etag)
		return 0;
	reading->replaced = !etag || strcmp(etag, reading->etag) != 0;
	if (reading->replaced)
		return error_transient(err, "was replaced while it was read");
	snprintf(expected, sizeof(expected), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, reading->got,
		reading->length - 1, reading->length);
	if (length != reading->length - reading->got ||
		(reading->got && (reply->status != 206 || !range || strcmp(range, expected) != 0)))
		return error_transient(err, "broke off, and can't be gone on with");
	return 0;
}

/* Ask for the object, from the byte `got` on. */
static int request(
	struct reading *reading, const char *if_match, int max_attempts, struct error *err)
{
	struct header headers[3] = {{"X-Amz-Checksum-Mode", "ENABLED"}};
	struct aws_call call = {.method = "GET",
		.bucket = reading->bucket,
		.path = reading->path.bytes,
		.query = reading->query.bytes,
		.headers = headers,
		.header_count = 1,
		.streams = true,
		.max_attempts = max_attempts,
		.accept = accept_answer,
		.state = reading};
	char range[RANGE];

	if (if_match)
		headers[call.header_count++] = (struct header){"If-Match", if_match};
	if (reading->got) {
		snprintf(range, sizeof(range), "bytes=%" PRIu64 "-", reading->got);
		headers[call.header_count++] = (struct header){"Range", range};
	}
	return aws_call(reading->store->aws, &call, &reading->reply, err);
}

/* Take the digest that S3 keeps of the whole object, if it does; one of parts ends in their number.
 */
static void take_digest(struct reading *reading)
{
	const char *text = http_header(reading->reply.exchange, "X-Amz-Checksum-Sha256");
	struct buffer bytes = {0};

	if (text && base64_decode(&bytes, text, strlen(text)) == 0 &&
		bytes.length == DIGEST_BYTES) {
		memcpy(reading->expected, bytes.bytes, DIGEST_BYTES);
		reading->has_digest = true;
		digest_begin(&reading->digest);
	}
	buffer_release(&bytes);
}

/* Go on where the body broke off, if it is still the same object. */
static int resume(struct reading *reading, struct error *err)
{
	int rc = -1;

	while (rc && error_retry(err) && reading->etag && !reading->replaced &&
		reading->resumes < RESUMES && !ending()) {
		double limit = resume_pause * (1 << reading->resumes++);

		clock_sleep(limit * random_fraction());
		rc = request(reading, reading->etag, 1, err);
		if (rc && (reading->reply.status == 412 || reading->reply.status == 416))
			return error_transient(err, "was replaced while it was read");
	}
	return rc;
}

/* Refuse the object's last bytes if it is not what S3 says that it is. */
static int check_digest(struct reading *reading, struct error *err)
{
	unsigned char digest[DIGEST_BYTES];

	digest_end(&reading->digest, digest);
	if (memcmp(digest, reading->expected, DIGEST_BYTES) != 0)
		return error_transient(
			err, "the bytes are not those of the checksum that S3 keeps");
	return 0;
}

static ssize_t reading_read(void *state, void *bytes, size_t size, struct error *err)
{
	struct reading *reading = state;
	ssize_t n;

	if (reading->got == reading->length)
		return 0;
	for (;;) {
		n = http_read(reading->reply.exchange, bytes, size, err);
		if (n > 0)
			break;
		if (n == 0)
			error_transient(err, "broke off after %" PRIu64 " of %" PRIu64 " bytes",
				reading->got, reading->length);

		if (resume(reading, err))
			return -1;
	}
	if ((uint64_t)n > reading->length - reading->got)
		return error_transient(err, "is longer than S3 said");
	reading->got += (uint64_t)n;
	if (reading->has_digest) {
		digest_add(&reading->digest, bytes, (size_t)n);
		if (reading->got == reading->length && check_digest(reading, err))
			return -1;
	}
	return n;
}

/* The digest is looked at with the last byte. */
static int reading_verify(void *state, struct error *err)
{
	const struct reading *reading = state;
	char unread[1 << 14];
	ssize_t n = reading->has_digest ? 1 : 0;

	while (n > 0)
		n = reading_read(state, unread, sizeof(unread), err);
	return n < 0 ? -1 : 0;
}

static const struct stream_ops reading_ops = {
	.read = reading_read, .verify = reading_verify, .close = reading_close};

/* Begin to read what `reading` names. */
static int begin(struct reading *reading, const struct object_name *name, uint64_t max_bytes,
	struct error *err)
{
	struct buffer quoted = {0};
	int rc;

	if (endpoint_object_path(&reading->path, name->key, err))
		return -1;
	if (name->version_id) {
		buffer_text(&reading->query, "versionId=");
		percent_encode(&reading->query, name->version_id, strlen(name->version_id), false);
	} else if (name->etag) {
		buffer_format(&quoted, "\"%s\"", name->etag);
	}
	rc = request(reading, quoted.bytes, AWS_MAX_ATTEMPTS, err);
	buffer_release(&quoted);
	if (rc && reading->reply.status == 412)
		return error_invalid(
			err, "is no longer what the record tells of: its ETag differs");
	if (rc || read_length(&reading->reply, &reading->length, err))
		return -1;
	if (max_bytes && reading->length > max_bytes)
		return error_limit(err, "%" PRIu64 " bytes, over the limit of %" PRIu64,
			reading->length, max_bytes);
	reading->etag = memory_copy(http_header(reading->reply.exchange, "ETag"));
	take_digest(reading);
	return 0;
}

static int open_object(const void *state, const struct object_name *name, uint64_t max_bytes,
	struct stream *in, struct error *err)
{
	const struct object_s3 *store = state;
	const struct object_name full = {.bucket = object_s3_bucket(store, name), .key = name->key};
	struct reading *reading = memory_new(1, sizeof(*reading));

	reading->store = store;
	reading->bucket = memory_copy(full.bucket);
	*in = (struct stream){.ops = &reading_ops, .state = reading};
	if (begin(reading, name, max_bytes, err) == 0)
		return 0;
	stream_close(in);
	return object_prefix(err, &full);
}

const struct object_backend object_s3 = {
	.scheme = "s3",
	.form = "s3:BUCKET",
	.place_is_bucket = true,
	.open = open_store,
	.free = close_store,
	.read = open_object,
	.write = object_s3_write,
	.list = object_s3_list,
	.find = object_s3_find,
};
