#ifndef TOOL_ANSWER_H
#define TOOL_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct error;
struct line;
struct record;

/* What goes out for one line in. Starts at zero; release `lines`. */
struct answer {
	struct buffer lines;		     /* each with its newline */
	size_t good, failed, failed_for_now; /* how many of them carry which kind of error */
	uint64_t bytes;			     /* of the pictures they name, where they say so */
};

/* Append a line with the record's text, whatever error it carries. */
void answer_record(struct answer *answer, const struct record *record);

/* Append a line that is no record; `failure` is what it tells of, or NULL if all is good. */
void answer_line(struct answer *answer, const struct buffer *line, const struct error *failure);

/* Append a line for one that can't be worked on because of `err`, and tell it on stderr: what
 * `record` says, if it is not NULL, with the members `line` (the number), `input` (the line's first
 * KiB, escaped) and `error`. */
void answer_unusable(struct answer *answer, struct record *record, const struct line *line,
	const struct error *err);

/* Forget what was appended, and keep the room. */
void answer_clear(struct answer *answer);

#endif
