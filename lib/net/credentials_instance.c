#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/percent.h"
#include "net/credentials_source.h"
#include "net/http.h"
#include "net/secret.h"
#include "net/settings.h"
#include "net/uri.h"

/* A machine that is no instance is to find out soon. */
enum { ATTEMPTS = 2, SECONDS = 1 };

static const char who[] = "the instance's credentials";

/* The instance's service. */
struct service {
	const struct credentials_means *means;
	struct buffer url;   /* of what was asked last */
	size_t root_length;  /* how much of the URL is the service's own */
	struct buffer token; /* of the session with it */
};

/* Return what the variable says, or else the setting of the profile in use. */
static const char *variable_or_setting(
	const struct credentials_means *means, const char *variable, const char *setting)
{
	const char *value = settings_variable(variable);

	return value ? value : settings_of_profile(means->settings, NULL, setting);
}

static const char *find_endpoint(const struct credentials_means *means)
{
	const char *endpoint = variable_or_setting(
		means, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	const char *mode = variable_or_setting(means, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
		"ec2_metadata_service_endpoint_mode");

	if (endpoint)
		return endpoint;
	return mode && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]"
						     : "http://169.254.169.254";
}

/* Ask the service for a path; as credentials_ask(). */
static int ask(struct service *service, const char *method, const struct header *header,
	const char *path, struct buffer *answer, struct error *err)
{
	struct http_request request = {.method = method,
		.headers = header,
		.header_count = 1,
		.direct = true,
		.connect_seconds = SECONDS,
		.patience_seconds = SECONDS};

	service->url.length = service->root_length;
	buffer_text(&service->url, path);
	request.url = service->url.bytes;
	return credentials_ask(service->means, &request, ATTEMPTS, answer, err);
}

/* Begin a session. Nobody there, or nobody who has sessions, is no instance. */
static int begin(struct service *service, struct error *err)
{
	const struct header lifetime = {"X-aws-ec2-metadata-token-ttl-seconds", "21600"};
	int status = ask(service, "PUT", &lifetime, "/latest/api/token", &service->token, err);

	if (status < 0)
		return error_retry(err) ? CREDENTIALS_NONE : -1;
	if (status >= 500 || status == 429)
		return credentials_refusal(status, &service->token, NULL, who, err);
	if (status != 200 || !service->token.length || strpbrk(service->token.bytes, " \t\r\n")) {
		error_internal(err, "%s: %d and no token", who, status);
		return CREDENTIALS_NONE;
	}
	return 0;
}

/* Read what is under a path of the session. An instance without a role has nothing there. */
static int get(struct service *service, const char *path, struct buffer *answer, struct error *err)
{
	const struct header token = {"X-aws-ec2-metadata-token", service->token.bytes};
	int status = ask(service, "GET", &token, path, answer, err);

	if (status == 404) {
		error_internal(err, "%s: the instance has no role", who);
		return CREDENTIALS_NONE;
	}
	if (status < 0)
		return error_prefix(err, who);
	return status == 200 ? 0
			     : credentials_refusal(status, answer, service->token.bytes, who, err);
}

static int get_keys(struct service *service, struct credentials_keys *keys, struct error *err)
{
	struct buffer path = {0}, role = {0}, answer = {0};
	int rc;

	buffer_text(&path, "/latest/meta-data/iam/security-credentials/");
	rc = get(service, path.bytes, &role, err);
	if (rc == 0) {
		percent_encode(&path, role.bytes, strcspn(role.bytes, "\r\n"), false);
		rc = get(service, path.bytes, &answer, err);
	}
	if (rc == 0)
		rc = credentials_read(&answer, false, keys, who, err);
	buffer_release(&path);
	buffer_release(&role);
	secret_release(&answer);
	return rc;
}

static int set_root(struct service *service, struct error *err)
{
	struct uri_endpoint endpoint;

	if (uri_endpoint_parse(&endpoint, find_endpoint(service->means), err))
		return error_prefix(err, who);
	buffer_format(&service->url, "%s://%.*s%.*s", endpoint.tls ? "https" : "http",
		(int)endpoint.host_length, endpoint.host, (int)endpoint.path_length, endpoint.path);
	service->root_length = service->url.length;
	return 0;
}

int credentials_instance(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	struct service service = {.means = means};
	int rc;

	if (settings_flag("AWS_EC2_METADATA_DISABLED"))
		return CREDENTIALS_NONE;
	rc = set_root(&service, err);
	if (rc == 0)
		rc = begin(&service, err);
	if (rc == 0)
		rc = get_keys(&service, keys, err);
	buffer_release(&service.url);
	secret_release(&service.token);
	return rc;
}
