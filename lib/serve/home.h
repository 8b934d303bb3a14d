#ifndef SERVE_HOME_H
#define SERVE_HOME_H

struct error;
struct home;

/*
 * The directory in which a server keeps all that is its own: pictures in objects/BUCKET/KEY, rows
 * in imgpl.db, what it signs with in keys, and a lock, so that no two servers share it. The lock is
 * gone when the process ends, however it does.
 */

/* Make what is missing of the directory, for nobody else to read, and lock it. NULL with `err`
 * filled if that can't be; if another server has it, Imgpl.Transient. Free with home_free(), which
 * takes NULL and unlocks it. */
struct home *home_open(const char *path, const char *bucket, struct error *err);
void home_free(struct home *home);

/* Return the URL of the store of objects (store/object.h), that of the table (store/table.h), and
 * the path of the file of keys (keys.h). Borrowed. */
const char *home_store(const struct home *home);
const char *home_table(const struct home *home);
const char *home_keys(const struct home *home);

#endif
