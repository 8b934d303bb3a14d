#include "base/error.h"
#include "net/credentials_source.h"
#include "net/settings.h"

int credentials_environment(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	const struct sigv4_keys found = {
		.access_key_id = settings_variable("AWS_ACCESS_KEY_ID"),
		.secret_access_key = settings_variable("AWS_SECRET_ACCESS_KEY"),
		.session_token = settings_variable("AWS_SESSION_TOKEN"),
	};

	(void)means;
	if (!found.access_key_id && !found.secret_access_key)
		return CREDENTIALS_NONE;
	return credentials_keys_set(keys, &found, 0, "the environment", err);
}
