#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <stdbool.h>

struct error;
struct settings;

/*
 * What the environment and the shared files say of AWS, read as every AWS tool reads them:
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */

/* Read $AWS_CONFIG_FILE (~/.aws/config) and $AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials), as
 * profile_read() does. NULL with `err` filled if one can't be read, or, Imgpl.Invalid, is no such
 * file, or $AWS_PROFILE names a profile that neither has. Free with settings_free(), which takes
 * NULL. */
struct settings *settings_load(struct error *err);
void settings_free(struct settings *settings);

/* Return a variable of the environment, or NULL if it is not set, or empty. */
const char *settings_variable(const char *name);

/* Return whether a variable says true. */
bool settings_flag(const char *name);

/* Return the name of the profile in use: the one that $AWS_PROFILE names, or else "default". */
const char *settings_profile(const struct settings *settings);

/* Return whether the profile `profile` is in one of the files. */
bool settings_has_profile(const struct settings *settings, const char *profile);

/* Return what the profile `profile` says of `name`, NULL if nothing; a NULL `profile` is the one in
 * use. What the credentials file says goes first. */
const char *settings_of_profile(
	const struct settings *settings, const char *profile, const char *name);

/* Return the region: $AWS_REGION, $AWS_DEFAULT_REGION, or the profile's; NULL if none says. */
const char *settings_region(const struct settings *settings);

/* Return the URL that stands in for AWS's own of a service, as the variables spell it ("S3",
 * "DYNAMODB", "REKOGNITION", "SFN", "SSM", "STS"): $AWS_ENDPOINT_URL_S3, $AWS_ENDPOINT_URL, the
 * endpoint_url of the service in the profile's section of services, or the profile's own; NULL if
 * none says, or $AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the profile's like is true. */
const char *settings_endpoint(const struct settings *settings, const char *service);

#endif
