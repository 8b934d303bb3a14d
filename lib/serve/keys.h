#ifndef SERVE_KEYS_H
#define SERVE_KEYS_H

#include "net/sigv4.h"

struct error;
struct keys;

/*
 * The keys that a server signs and checks URLs with, in a file that only its owner may read. It is
 * one of those that all AWS tools share (net/profile.h), so that any of them signs for this server
 * when AWS_SHARED_CREDENTIALS_FILE names it.
 */

/* Read the keys in the file `path`, and let the process leave no core file from now on. A file that
 * is missing is made, with new keys: it appears whole and durable, with mode 0600, and nobody else
 * may make it meanwhile (home.h has a lock). NULL with `err` filled, Imgpl.Invalid, if it is no
 * file of the user's own, others may read or write it, or it holds no keys; nothing of what is in
 * it gets into the message. Free with keys_free(), which takes NULL. */
struct keys *keys_open(const char *path, struct error *err);
void keys_free(struct keys *keys);

/* Return the keys. Borrowed, and out of reach of core files. */
const struct sigv4_keys *keys_get(const struct keys *keys);

#endif
