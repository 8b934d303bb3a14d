#ifndef EVENT_WINDOW_H
#define EVENT_WINDOW_H

#include <stdbool.h>

struct s3_object;
struct window;

/* The objects that events told of lately: events come more than once, and in any order. */

/* Remember at most `objects` of them, in at most 256 bytes each on average; the oldest are
 * forgotten first. Free with window_free(). */
struct window *window_new(unsigned objects);
void window_free(struct window *window);

/* Remember `object`. Return whether it is news: not if an event with the same or a greater
 * sequencer was seen of its bucket and key (sequencer_compare()), or, where one of the two has no
 * sequencer, with the same version and etag. */
bool window_add(struct window *window, const struct s3_object *object);

/* Forget all of them. */
void window_clear(struct window *window);

#endif
