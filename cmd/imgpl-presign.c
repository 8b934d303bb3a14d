/* imgpl-presign: sign URLs to upload pictures with, or to download them. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "api/gateway.h"
#include "api/routes.h"
#include "api/upload_key.h"
#include "api/upload_limits.h"
#include "api/upload_signer.h"
#include "api/upload_url.h"
#include "api/upload_wish.h"
#include "base/clock.h"
#include "base/compose.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/record.h"
#include "event/api_gateway.h"
#include "net/endpoint.h"
#include "net/presign.h"
#include "store/object.h"
#include "tool/answer.h"
#include "tool/filter.h"
#include "tool/options.h"
#include "tool/report.h"

/* What tell() tells besides the URL takes no more than this. */
enum { BESIDES_URL = 256 };

struct presign_state {
	struct upload_signer signer;
	struct upload_limits limits;
	bool gets; /* sign downloads */
};

/* Add the URL, how to use it and until when to the record's member `name`. */
static void tell(struct record *record, const char *name, const char *method,
	const struct upload_grant *grant)
{
	struct buffer json = {0};
	char expires_at[CLOCK_TEXT];

	clock_format(grant->expires_at, expires_at);
	buffer_reserve(&json, strlen(grant->url) + BESIDES_URL);
	buffer_byte(&json, '{');
	compose_string(&json, "url", grant->url);
	compose_string(&json, "method", method);
	if (grant->headers)
		compose_json(&json, "headers", grant->headers);
	compose_string(&json, "expires_at", expires_at);
	buffer_byte(&json, '}');
	record_set_composed(record, name, &json);
	buffer_release(&json);
}

/* Sign the download of what the record names. */
static int sign_download(const struct upload_signer *signer, const struct record *record,
	struct upload_grant *grant, struct error *err)
{
	const struct presign_wish get = {.method = "GET",
		.bucket = signer->bucket,
		.key = record_string(record, "key"),
		.time = clock_now(),
		.seconds = signer->seconds,
		.bytes = -1};
	struct buffer url = {0};
	int rc;

	if (!get.key)
		return error_invalid(err, "no key");
	rc = presign(signer->presigner, &get, &url, &grant->expires_at, err);
	grant->url = url.bytes;
	return rc ? error_prefix(err, get.key) : 0;
}

/* Read what is to be uploaded out of the record. */
static int read_wish(const struct presign_state *state, const struct record *record,
	struct upload_wish *wish, struct error *err)
{
	const char *content_type = record_string(record, "content_type");
	struct json_object *bytes = record_member(record, "bytes");

	if (!content_type)
		return error_invalid(err, "content_type is missing, or not a text");
	if (!json_object_is_type(bytes, json_type_int))
		return error_invalid(err, "bytes is missing, or not a whole number");
	wish->bytes = json_object_get_int64(bytes);
	return upload_limits_check(&state->limits, content_type, wish->bytes, &wish->type, err);
}

/* Sign the upload that the record wishes for, under its key or a new one. */
static int sign_upload(const struct presign_state *state, struct upload_signer *signer,
	struct record *record, struct upload_grant *grant, struct error *err)
{
	const char *key = record_string(record, "key");
	unsigned char random[UPLOAD_KEY_RANDOM];
	char *made = NULL;
	struct upload_wish wish;
	int rc = read_wish(state, record, &wish, err);

	if (rc == 0 && !key) {
		random_fill(random, sizeof(random));
		key = made = upload_key_make(NULL, wish.type, random);
	}
	if (rc == 0)
		rc = upload_signer_sign(key, &wish, signer, grant, err);
	if (rc && key)
		error_prefix(err, key);
	if (rc == 0 && made)
		record_set_string(record, "key", made);
	free(made);
	return rc;
}

static int sign(struct record *record, void *state, struct error *err)
{
	const struct presign_state *presigning = state;
	struct upload_signer signer = presigning->signer;
	const char *bucket = record_string(record, "bucket");
	struct upload_grant grant = {0};
	int rc;

	if (bucket)
		signer.bucket = bucket;
	if (presigning->gets)
		rc = sign_download(&signer, record, &grant, err);
	else
		rc = sign_upload(presigning, &signer, record, &grant, err);
	if (rc == 0 && !bucket)
		record_set_string(record, "bucket", signer.bucket);
	if (rc == 0)
		tell(record, presigning->gets ? "download" : "upload",
			presigning->gets ? "GET" : "PUT", &grant);
	free(grant.url);
	free(grant.headers);
	return rc;
}

static int answer_event(struct record *event, const struct line *line, void *state,
	struct answer *answer, struct error *err)
{
	struct presign_state *presigning = state;
	const struct upload_source source = {.limits = &presigning->limits,
		.random = upload_signer_random,
		.sign = upload_signer_sign,
		.state = &presigning->signer};
	const struct routes routes = {.uploads = &source};
	struct buffer json = {0};
	int rc = gateway_answer(&routes, record_object(event), &json, err);

	(void)line;
	if (rc)
		report_failure("%s", err->text);
	answer_line(answer, &json, rc ? err : NULL);
	buffer_release(&json);
	return 0;
}

static int take_method(const char *value, void *target, struct error *err)
{
	bool *gets = target;

	*gets = strcmp(value, "GET") == 0;
	return *gets || strcmp(value, "PUT") == 0 ? 0 : error_invalid(err, "PUT or GET");
}

/* Return the bucket to sign for: the one named, else the store's. */
static const char *find_bucket(const char *bucket, const char *store)
{
	const char *named = object_url_bucket(store);

	if (!named)
		report_misuse("--store=%s: URLs are signed for S3 alone, s3:BUCKET", store);
	if (!bucket)
		bucket = named;
	if (!*bucket)
		report_misuse("which bucket? --bucket=NAME, UPLOAD_BUCKET or --store=s3:BUCKET");
	if (!endpoint_is_bucket(bucket))
		report_misuse("'%.80s' is no name of a bucket", bucket);
	return bucket;
}

int main(int argc, char **argv)
{
	const char *store = "s3:", *bucket = NULL;
	struct presign_state state = {.limits = upload_limits_default, .signer = {.seconds = 300}};
	struct filter filter = {.each = sign,
		.is_event = api_gateway_is,
		.split = answer_event,
		.quick = true,
		.state = &state,
		.jobs = 1,
		.names = true,
		.max_line = API_GATEWAY_MAX_BYTES};
	const struct option_def options[] = {
		OPTION_TAKE("method", "METHOD", NULL, take_method, &state.gets,
			"what to sign: PUT or GET (PUT)"),
		{.name = "expires",
			.value = "SECONDS",
			.number = &state.signer.seconds,
			.min = 1,
			.max = PRESIGN_MAX_SECONDS,
			.help = "how long the URL holds, up to 604800 (300)"},
		OPTION_FLAG("once", 0, &state.signer.once, "refuse to replace an object"),
		OPTION_NUMBER("max-bytes", 0, "N", &state.limits.max_bytes, INT64_MAX,
			"refuse larger uploads (64m)"),
		OPTION_TEXT("store", "URL", "IMGPL_STORE", &store, "where pictures go (s3:)"),
		OPTION_BUCKET(&bucket),
		OPTION_AT,
		OPTION_PROGRESS,
		{0},
	};
	const struct usage usage = {
		.operands = "[FILE]...",
		.purpose = "Sign URLs to upload pictures with, or to download them.",
		.examples = {"imgpl-presign --bucket=photos < wishes | jq -r .upload.url",
			"imgpl-presign --method=GET < records | jq -r .download.url"},
		.options = options,
		.versions = {record_versions},
	};
	struct error err = {0};
	char **files;
	int status;

	report_begin(argv[0]);
	files = options_parse(&usage, argc, argv);
	state.signer.bucket = find_bucket(bucket, store);
	state.signer.presigner = presigner_open(&err);
	if (!state.signer.presigner)
		report_no_start(&err);
	status = filter_run(&filter, files);
	presigner_free(state.signer.presigner);
	return status;
}
