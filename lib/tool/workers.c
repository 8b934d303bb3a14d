#include "tool/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tool/lines.h"
#include "tool/report.h"
#include "tool/run.h"
#include "tool/stop.h"

/* A line on its way. Lines go round a ring of slots: the reader fills them at `filled`, workers
 * take them at `taken`, and whoever finishes the one at `delivered` writes it and those done after
 * it. The three only count up; a slot's place is a count modulo the ring's size. */
struct slot {
	struct line line;
	struct buffer text; /* what line.text points to */
	struct answer answer;
	bool done;
};

struct workers {
	struct run *run;
	struct slot *slots;
	size_t size;
	size_t filled, taken, delivered;
	bool closed, broken; /* no more lines come; stdout is broken */
	pthread_mutex_t lock;
	pthread_cond_t room, work; /* a slot is free; a slot is filled */
};

/* Write what is done, in order. The lock is held: while stdout is slow, nothing else can go on for
 * long anyway. */
static void deliver(struct workers *workers)
{
	struct slot *slot;

	while (workers->delivered < workers->taken &&
		(slot = &workers->slots[workers->delivered % workers->size])->done) {
		if (!workers->broken && run_deliver(workers->run, &slot->answer)) {
			workers->broken = true;
			stop_input();
		}
		buffer_clear(&slot->answer.lines);
		slot->done = false;
		workers->delivered++;
		pthread_cond_signal(&workers->room);
	}
}

static void *work(void *state)
{
	struct workers *workers = state;

	pthread_mutex_lock(&workers->lock);
	for (;;) {
		struct slot *slot;

		while (workers->taken == workers->filled && !workers->closed)
			pthread_cond_wait(&workers->work, &workers->lock);
		if (workers->taken == workers->filled)
			break;
		slot = &workers->slots[workers->taken++ % workers->size];
		pthread_mutex_unlock(&workers->lock);
		run_answer(workers->run, &slot->line, &slot->answer);
		pthread_mutex_lock(&workers->lock);
		slot->done = true;
		deliver(workers);
	}
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

/* Put a line into the ring; false if there is no use in more. */
static bool hand_over(struct workers *workers, const struct line *line)
{
	struct slot *slot;
	bool broken;

	pthread_mutex_lock(&workers->lock);
	while (workers->filled - workers->delivered == workers->size && !workers->broken)
		pthread_cond_wait(&workers->room, &workers->lock);
	if (!workers->broken) {
		slot = &workers->slots[workers->filled % workers->size];
		buffer_clear(&slot->text);
		buffer_append(&slot->text, line->text, line->length);
		slot->line = *line;
		slot->line.text = slot->text.bytes;
		workers->filled++;
		pthread_cond_signal(&workers->work);
	}
	broken = workers->broken;
	pthread_mutex_unlock(&workers->lock);
	return !broken;
}

static int feed(struct workers *workers, struct lines *lines)
{
	struct line line;
	int more;

	while ((more = lines_next(lines, true, &line)) == 1 && hand_over(workers, &line))
		lines_forget(lines);
	return more < 0 ? -1 : 0;
}

/* Start `count` threads that leave signals to this one. Return how many started. */
static size_t start(struct workers *workers, pthread_t *threads, size_t count)
{
	sigset_t all, before;
	size_t started = 0;

	sigfillset(&all);
	sigdelset(&all, SIGPIPE); /* who writes to a pipe that nobody reads shall end */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (started < count && pthread_create(&threads[started], NULL, work, workers) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static void release(struct workers *workers)
{
	for (size_t i = 0; i < workers->size; i++) {
		buffer_release(&workers->slots[i].text);
		buffer_release(&workers->slots[i].answer.lines);
	}
	free(workers->slots);
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->room);
	pthread_cond_destroy(&workers->work);
}

int workers_run(struct run *run, struct lines *lines, size_t count)
{
	struct workers workers = {.run = run, .size = 2 * count};
	pthread_t *threads = memory_new(count, sizeof(*threads));
	size_t started;
	int rc = -1;

	workers.slots = memory_new(workers.size, sizeof(*workers.slots));
	pthread_mutex_init(&workers.lock, NULL);
	pthread_cond_init(&workers.room, NULL);
	pthread_cond_init(&workers.work, NULL);
	started = start(&workers, threads, count);
	if (started == 0)
		report("no thread can be started");
	else
		rc = feed(&workers, lines);
	pthread_mutex_lock(&workers.lock);
	workers.closed = true;
	pthread_cond_broadcast(&workers.work);
	pthread_mutex_unlock(&workers.lock);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	release(&workers);
	free(threads);
	return workers.broken ? -1 : rc;
}
