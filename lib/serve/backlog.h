#ifndef SERVE_BACKLOG_H
#define SERVE_BACKLOG_H

struct backlog;
struct buffer;
struct error;
struct object_store;
struct table;

/*
 * Uploads that are in the table alone, PROCESSING, and are to be told of: read back in the order of
 * their sequencers, and so many at a time that they take a bounded amount of memory, and that a
 * table which is full of them needn't be looked through too often.
 */

struct backlog_settings {
	const char *region, *bucket;
	const struct object_store *store;
	struct table *table;
};

/* Start with nothing read. What the settings name is borrowed until backlog_free(), which takes
 * NULL. */
struct backlog *backlog_new(const struct backlog_settings *settings);
void backlog_free(struct backlog *backlog);

/* Append the lines (notice.h) of the next uploads whose sequencers are greater than `told`, and not
 * greater than `newest`, and move `told` on to where all have been looked at: to `newest` in the
 * end, which no lines alone don't tell. An upload whose object is not there, or is another, is
 * passed over. On -1, with `err` filled, `told` says up to where it went well. */
int backlog_read(struct backlog *backlog, struct buffer *told, const char *newest,
	struct buffer *lines, struct error *err);

#endif
