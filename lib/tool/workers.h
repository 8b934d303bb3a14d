#ifndef TOOL_WORKERS_H
#define TOOL_WORKERS_H

#include <stddef.h>

struct lines;
struct run;

/* Run over `lines` with `count` threads, and deliver the answers in the order of the lines, each as
 * soon as it and all before it are done. -1 if reading or writing failed, which was reported. */
int workers_run(struct run *run, struct lines *lines, size_t count);

#endif
