#include "net/access.h"

#include "base/error.h"
#include "net/credentials.h"
#include "net/digest.h"
#include "net/endpoint.h"
#include "net/http.h"
#include "net/settings.h"

/* Find out before any call whether the endpoint is one. */
static int check_endpoint(const struct access *access, const char *service, struct error *err)
{
	struct endpoint endpoint = {0};
	int rc = endpoint_find(&endpoint, service, access->region, NULL, access->custom, err);

	endpoint_release(&endpoint);
	return rc;
}

int access_init(struct access *access, const char *service, const char *variable,
	const char *region, struct error *err)
{
	access->settings = settings_load(err);
	if (!access->settings || digest_open(err))
		return -1;
	access->region = region ? region : settings_region(access->settings);
	access->custom = settings_endpoint(access->settings, variable);
	if (!access->region)
		return error_invalid(
			err, "no region: set AWS_REGION, or region in the AWS profile");
	if (check_endpoint(access, service, err))
		return -1;
	access->http = http_new(settings_variable("AWS_CA_BUNDLE"));
	access->credentials = credentials_open(access->settings, access->http, err);
	return access->credentials ? 0 : -1;
}

void access_release(struct access *access)
{
	credentials_free(access->credentials);
	http_free(access->http);
	settings_free(access->settings);
	*access = (struct access){0};
}
