#include "net/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "net/profile.h"

struct settings {
	struct profile_file config, credentials;
	char *profile;
};

const char *settings_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static bool is_true(const char *value)
{
	return value && strcasecmp(value, "true") == 0;
}

bool settings_flag(const char *name)
{
	return is_true(settings_variable(name));
}

/* Name the file that a variable names, or else the usual one in the home directory; "" without a
 * home. Free with free(). */
static char *find_file(const char *variable, const char *usual)
{
	const char *home = settings_variable("HOME");
	const char *path = settings_variable(variable);
	struct buffer name = {0};

	path = path ? path : usual;
	if (strncmp(path, "~/", 2) != 0)
		return memory_copy(path);
	buffer_text(&name, home ? home : "");
	buffer_text(&name, home ? path + 1 : "");
	return name.bytes;
}

static int read_file(
	struct profile_file *file, const char *path, enum profile_style style, struct error *err)
{
	return *path ? profile_read(file, path, style, err) : 0;
}

static int check_profile(const struct settings *settings, const char *config,
	const char *credentials, struct error *err)
{
	if (!settings_variable("AWS_PROFILE") || settings_has_profile(settings, settings->profile))
		return 0;
	return error_invalid(err,
		"AWS_PROFILE is '%.100s', but neither %.150s has [profile %.100s] nor %.150s "
		"[%.100s]",
		settings->profile, config, settings->profile, credentials, settings->profile);
}

struct settings *settings_load(struct error *err)
{
	struct settings *settings = memory_new(1, sizeof(*settings));
	char *config = find_file("AWS_CONFIG_FILE", "~/.aws/config");
	char *credentials = find_file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
	const char *profile = settings_variable("AWS_PROFILE");
	int rc = -1;

	settings->profile = memory_copy(profile ? profile : "default");
	if (read_file(&settings->config, config, PROFILE_CONFIG, err))
		goto out;
	if (read_file(&settings->credentials, credentials, PROFILE_CREDENTIALS, err))
		goto out;
	rc = check_profile(settings, config, credentials, err);
out:
	free(config);
	free(credentials);
	if (rc == 0)
		return settings;
	settings_free(settings);
	return NULL;
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	profile_release(&settings->config);
	profile_release(&settings->credentials);
	free(settings->profile);
	free(settings);
}

const char *settings_profile(const struct settings *settings)
{
	return settings->profile;
}

bool settings_has_profile(const struct settings *settings, const char *profile)
{
	return profile_exists(&settings->config, profile) ||
		profile_exists(&settings->credentials, profile);
}

const char *settings_of_profile(
	const struct settings *settings, const char *profile, const char *name)
{
	const char *of = profile ? profile : settings->profile;
	const char *value = profile_find(&settings->credentials, PROFILE_SETTINGS, of, NULL, name);

	return value ? value : profile_find(&settings->config, PROFILE_SETTINGS, of, NULL, name);
}

const char *settings_region(const struct settings *settings)
{
	const char *region = settings_variable("AWS_REGION");

	region = region ? region : settings_variable("AWS_DEFAULT_REGION");
	return region ? region : settings_of_profile(settings, NULL, "region");
}

static bool ignores_endpoints(const struct settings *settings)
{
	return settings_flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
		is_true(settings_of_profile(settings, NULL, "ignore_configured_endpoint_urls"));
}

const char *settings_endpoint(const struct settings *settings, const char *service)
{
	const char *services = settings_of_profile(settings, NULL, "services");
	const char *url;
	char variable[64];

	if (ignores_endpoints(settings))
		return NULL;
	snprintf(variable, sizeof(variable), "AWS_ENDPOINT_URL_%s", service);
	url = settings_variable(variable);
	url = url ? url : settings_variable("AWS_ENDPOINT_URL");
	if (!url && services)
		url = profile_find(
			&settings->config, PROFILE_SERVICES, services, service, "endpoint_url");
	return url ? url : settings_of_profile(settings, NULL, "endpoint_url");
}
