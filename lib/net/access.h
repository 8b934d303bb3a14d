#ifndef NET_ACCESS_H
#define NET_ACCESS_H

struct credentials;
struct error;
struct http;
struct settings;

/* What calling a service of AWS, and signing for one, takes: where it is, and keys. Starts at zero.
 */
struct access {
	struct settings *settings;
	struct http *http;
	struct credentials *credentials;
	const char *region; /* borrowed from the settings, or from who named it */
	const char *custom; /* the URL of what stands in for the service, as endpoint_find() takes
			     * it; NULL for AWS's own */
};

/* Find all of it by what the environment and the shared files say, for the service whose host's
 * name begins with `service` and which variables call `variable` ("S3"). `region` is used instead
 * of the one that is set, unless it is NULL. -1 with `err` filled, Imgpl.Invalid if region or keys
 * are missing or something is misspelled. Release with access_release() whatever happened. */
int access_init(struct access *access, const char *service, const char *variable,
	const char *region, struct error *err);

void access_release(struct access *access);

#endif
