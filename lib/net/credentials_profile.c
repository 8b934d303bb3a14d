#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "net/credentials_source.h"
#include "net/settings.h"

enum { PROCESS_SECONDS = 60 };

/* A profile that is looked at for keys, and the one whose source it is. */
struct look {
	const struct credentials_means *means;
	const char *profile;
	const struct look *before; /* NULL for the profile in use */
};

static int find_keys(const struct look *look, struct credentials_keys *keys, struct error *err);

static const char *say(const struct look *look, const char *name)
{
	return settings_of_profile(look->means->settings, look->profile, name);
}

static int refuse(const struct look *look, const char *what, struct error *err)
{
	return error_invalid(err, "profile %.100s: %s", look->profile, what);
}

/* Return whether the profile is its own source, maybe by others. */
static bool is_loop(const struct look *look)
{
	for (const struct look *before = look->before; before; before = before->before)
		if (strcmp(before->profile, look->profile) == 0)
			return true;
	return false;
}

/* Get the keys of the profile that the role's has for its source. */
static int find_source(const struct look *look, const char *source, struct credentials_keys *keys,
	struct error *err)
{
	const struct look next = {look->means, source, look};
	int rc;

	if (!settings_has_profile(look->means->settings, source))
		return error_invalid(
			err, "profile %.100s: there is no profile %.100s", look->profile, source);
	rc = find_keys(&next, keys, err);
	return rc == CREDENTIALS_NONE ? refuse(&next, "has no keys", err) : rc;
}

/* Get the keys of what the role's profile calls its source by name. */
static int find_named_source(
	const struct look *look, const char *name, struct credentials_keys *keys, struct error *err)
{
	static const struct {
		const char *name;
		int (*get)(const struct credentials_means *means, struct credentials_keys *keys,
			struct error *err);
	} sources[] = {
		{"Environment", credentials_environment},
		{"Ec2InstanceMetadata", credentials_instance},
		{"EcsContainer", credentials_container},
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strcmp(sources[i].name, name) == 0) {
			int rc = sources[i].get(look->means, keys, err);

			return rc == CREDENTIALS_NONE
				? refuse(look, "its credential_source has no keys", err)
				: rc;
		}
	return error_invalid(err,
		"profile %.100s: credential_source is '%.60s', but can be only "
		"Environment, Ec2InstanceMetadata or EcsContainer",
		look->profile, name);
}

/* Be given the profile's role. */
static int take_role(const struct look *look, struct credentials_keys *keys, struct error *err)
{
	const struct credentials_role role = {.arn = say(look, "role_arn"),
		.session_name = say(look, "role_session_name"),
		.external_id = say(look, "external_id"),
		.duration_seconds = say(look, "duration_seconds")};
	const char *token_file = say(look, "web_identity_token_file");
	const char *profile = say(look, "source_profile"), *name = say(look, "credential_source");
	struct credentials_keys by = {0};
	int rc;

	if (token_file)
		return credentials_role_by_token(look->means, &role, token_file, keys, err);
	if (say(look, "mfa_serial"))
		return refuse(look,
			"has an mfa_serial, and nobody can be asked for the code: get "
			"keys for a session by other means, and use those",
			err);
	if (!profile == !name)
		return refuse(
			look, "role_arn needs either source_profile or credential_source", err);
	rc = profile ? find_source(look, profile, &by, err)
		     : find_named_source(look, name, &by, err);
	if (rc == 0)
		rc = credentials_role_by_keys(look->means, &role, &by.keys, keys, err);
	credentials_keys_release(&by);
	return rc;
}

static int take_keys(const struct look *look, const struct sigv4_keys *found,
	struct credentials_keys *keys, struct error *err)
{
	char who[128];

	snprintf(who, sizeof(who), "profile %.100s", look->profile);
	return credentials_keys_set(keys, found, 0, who, err);
}

/* Return whether the profile wants somebody to sign in by a browser. */
static bool wants_sign_in(const struct look *look)
{
	return say(look, "sso_session") || say(look, "sso_start_url") || say(look, "login_session");
}

/* Of what a source says its keys go before its role: so a profile can be its own source. */
static int find_keys(const struct look *look, struct credentials_keys *keys, struct error *err)
{
	const struct sigv4_keys found = {.access_key_id = say(look, "aws_access_key_id"),
		.secret_access_key = say(look, "aws_secret_access_key"),
		.session_token = say(look, "aws_session_token")};
	bool has_keys = found.access_key_id || found.secret_access_key;
	const char *command = say(look, "credential_process");

	if (say(look, "role_arn") && !(look->before && has_keys))
		return is_loop(look) ? refuse(look, "is its own source_profile in the end", err)
				     : take_role(look, keys, err);
	if (has_keys)
		return take_keys(look, &found, keys, err);
	if (command)
		return credentials_process(command, PROCESS_SECONDS, keys, err);
	if (wants_sign_in(look))
		return refuse(look,
			"signs in by a browser, which this can't do; name a profile with "
			"credential_process = aws configure export-credentials --profile ...",
			err);
	return CREDENTIALS_NONE;
}

int credentials_profile(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err)
{
	const struct look look = {means, settings_profile(means->settings), NULL};

	return find_keys(&look, keys, err);
}
