#ifndef NET_CREDENTIALS_SOURCE_H
#define NET_CREDENTIALS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/credentials.h"

struct buffer;
struct error;
struct http_request;

/*
 * The sources of keys, and what they are made of. For credentials*.c alone.
 */

/* What keys are asked for with. */
struct credentials_means {
	const struct settings *settings;
	struct http *http;
};

/* A source returns 0 with `keys` filled; -1 with `err` filled if it was chosen and failed; or this,
 * if it was not chosen, or is not there, which `err` may say more of. */
enum { CREDENTIALS_NONE = 1 };

/* Take the keys of the environment, one of which does not go without the other. */
int credentials_environment(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Be given a role for the token in a file, as the environment says:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
int credentials_web_identity(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Do as the profile in use says. */
int credentials_profile(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Ask the endpoint that a container was given:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
int credentials_container(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Ask the instance that this machine may be:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
int credentials_instance(
	const struct credentials_means *means, struct credentials_keys *keys, struct error *err);

/* Run `command` by the shell, for at most `max_seconds`, and read what it prints:
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
int credentials_process(
	const char *command, double max_seconds, struct credentials_keys *keys, struct error *err);

/* A role to ask STS for. Borrowed; what is not said is NULL. */
struct credentials_role {
	const char *arn;
	const char *session_name; /* NULL makes one up */
	const char *external_id, *duration_seconds;
};

/* Be given the role for the token in the file `token_file`. */
int credentials_role_by_token(const struct credentials_means *means,
	const struct credentials_role *role, const char *token_file, struct credentials_keys *keys,
	struct error *err);

/* Be given the role for the keys `by`:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
int credentials_role_by_keys(const struct credentials_means *means,
	const struct credentials_role *role, const struct sigv4_keys *by,
	struct credentials_keys *keys, struct error *err);

/* Let `copy` have the same keys too. Both are to be released. */
void credentials_keys_share(struct credentials_keys *copy, const struct credentials_keys *keys);

/* Answers are no longer. */
enum { CREDENTIALS_MAX_ANSWER = 1 << 16 };

/* Fill `keys` with what JSON says that containers, instances and, with a version, processes answer.
 * The text is cut to pieces. -1 with `err` filled, Imgpl.Internal, "WHO: ...", if it says something
 * else. */
int credentials_read(struct buffer *json, bool has_version, struct credentials_keys *keys,
	const char *who, struct error *err);

/* Send a request up to `attempts` times as long as the service is out of reach or busy, and read
 * the answer to `body`, to be released with secret_release(). Return the status, or -1 with `err`
 * filled if there was no answer. */
int credentials_ask(const struct credentials_means *means, const struct http_request *request,
	int attempts, struct buffer *body, struct error *err);

/* Fill `err` with what a service that is `who` says in an answer that is not 200, and return -1.
 * What it quotes of `secret`, which it was sent, or NULL, stays out. */
int credentials_refusal(int status, const struct buffer *body, const char *secret, const char *who,
	struct error *err);

/* Read the file `path`, without white space around what is in it, to `text`, to be released with
 * secret_release(). -1 with `err` filled, "PATH: ...", if it can't be read, is empty or too long.
 */
int credentials_read_file(const char *path, struct buffer *text, struct error *err);

#endif
