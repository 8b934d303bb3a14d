#include "net/endpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/percent.h"
#include "net/uri.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz" DIGITS "-"

enum { MAX_LABEL = 63, MIN_BUCKET = 3, MAX_BUCKET = 255 };

/* Partitions that have domains of their own, by what their regions begin with. */
static const struct {
	const char *region, *domain;
} partitions[] = {
	{"cn-", "amazonaws.com.cn"},
	{"us-iso-", "c2s.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov"},
	{"us-isof-", "csp.hci.ic.gov"},
	{"eu-isoe-", "cloud.adc-e.uk"},
	{"eusc-", "amazonaws.eu"},
	{"", "amazonaws.com"},
};

static const char *domain_of(const char *region)
{
	size_t i = 0;

	while (strncmp(region, partitions[i].region, strlen(partitions[i].region)) != 0)
		i++;
	return partitions[i].domain;
}

/* Return whether the name can be one label of a host's name. */
static bool is_label(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= MAX_LABEL && strspn(name, LOWER) == length &&
		name[0] != '-' && name[length - 1] != '-';
}

bool endpoint_is_region(const char *region)
{
	return is_label(region);
}

bool endpoint_is_bucket(const char *bucket)
{
	size_t length = strlen(bucket);

	return length >= MIN_BUCKET && length <= MAX_BUCKET &&
		strspn(bucket, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ._") == length &&
		strcmp(bucket, "...") != 0;
}

static void set_origin(struct endpoint *endpoint, bool tls)
{
	buffer_format(&endpoint->origin, "%s://%s", tls ? "https" : "http", endpoint->host.bytes);
}

static void find_ours(
	struct endpoint *endpoint, const char *service, const char *region, const char *bucket)
{
	bool in_host = bucket && is_label(bucket);

	if (in_host)
		buffer_format(&endpoint->host, "%s.", bucket);
	buffer_format(&endpoint->host, "%s.%s.%s", service, region, domain_of(region));
	set_origin(endpoint, true);
	if (bucket && !in_host)
		buffer_format(&endpoint->path, "/%s", bucket);
}

static int find_custom(
	struct endpoint *endpoint, const char *custom, const char *bucket, struct error *err)
{
	struct uri_endpoint parsed;

	if (uri_endpoint_parse(&parsed, custom, err))
		return -1;
	buffer_append(&endpoint->host, parsed.host, parsed.host_length);
	set_origin(endpoint, parsed.tls);
	if (parsed.path_length)
		buffer_append(&endpoint->path, parsed.path, parsed.path_length);
	if (bucket)
		buffer_format(&endpoint->path, "/%s", bucket);
	return 0;
}

int endpoint_find(struct endpoint *endpoint, const char *service, const char *region,
	const char *bucket, const char *custom, struct error *err)
{
	int rc = 0;

	endpoint_release(endpoint);
	buffer_text(&endpoint->path, "");
	if (!endpoint_is_region(region))
		return error_invalid(err, "'%.80s' is no name of a region", region);
	if (bucket && !endpoint_is_bucket(bucket))
		return error_invalid(err, "'%.80s' is no name of a bucket", bucket);
	if (custom)
		rc = find_custom(endpoint, custom, bucket, err);
	else
		find_ours(endpoint, service, region, bucket);
	return rc;
}

int endpoint_object_path(struct buffer *path, const char *key, struct error *err)
{
	size_t length = strlen(key);

	if (!length)
		return error_invalid(err, "an empty key");
	if (length > ENDPOINT_MAX_KEY)
		return error_limit(err, "a key of more than %d bytes", ENDPOINT_MAX_KEY);
	buffer_byte(path, '/');
	percent_encode(path, key, length, true);
	return 0;
}

void endpoint_release(struct endpoint *endpoint)
{
	buffer_release(&endpoint->origin);
	buffer_release(&endpoint->host);
	buffer_release(&endpoint->path);
}
