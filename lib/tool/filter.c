#include "tool/filter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tool/lines.h"
#include "tool/progress.h"
#include "tool/report.h"
#include "tool/run.h"
#include "tool/stop.h"
#include "tool/workers.h"

enum { BATCH_LINES = 4096, BATCH_BYTES = 1 << 20, ANSWER_BYTES = 1 << 16 };

/* Answer the lines that are held, once more, with the failure that undid the work on them. */
static void refuse_batch(struct run *run, struct lines *lines, size_t count,
	const struct error *why, struct answer *answer)
{
	struct run refusing = *run;
	struct line line;

	report_failure("%zu records: %s", count, why->text);
	answer_clear(answer);
	refusing.refusal = why;
	lines_rewind(lines);
	while (count-- > 0 && lines_next(lines, false, &line) == 1)
		run_answer(&refusing, &line, answer);
}

/* Return whether what was answered is to be told before another line is looked at. */
static bool is_batch_full(
	const struct filter *filter, const struct lines *lines, size_t count, size_t bytes)
{
	if (filter->commit)
		return count == BATCH_LINES || lines_held(lines) >= BATCH_BYTES;
	return !filter->quick || bytes >= ANSWER_BYTES;
}

/* Answer one line, or, if the filter commits or is quick, as many as there are without waiting.
 * Return 1 if there may be more, 0 at the end, -1 on failure. */
static int run_batch(struct run *run, struct lines *lines, struct answer *answer)
{
	const struct filter *filter = run->filter;
	struct error err = {0};
	struct line line;
	size_t count = 0;
	int more = lines_next(lines, true, &line);

	while (more == 1) {
		run_answer(run, &line, answer);
		count++;
		if (is_batch_full(filter, lines, count, answer->lines.length))
			break;
		more = lines_next(lines, false, &line);
	}
	if (count > 0 && filter->commit && filter->commit(filter->state, &err))
		refuse_batch(run, lines, count, &err, answer);
	lines_forget(lines);
	if (count > 0 && run_deliver(run, answer))
		return -1;
	return more < 0 ? -1 : count > 0;
}

static int run_alone(struct run *run, struct lines *lines)
{
	struct answer answer = {0};
	int more;

	while ((more = run_batch(run, lines, &answer)) > 0)
		;
	buffer_release(&answer.lines);
	return more;
}

static size_t count_jobs(const struct filter *filter)
{
	long jobs = filter->jobs > 0 ? (long)filter->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	return jobs < 1 ? 1 : jobs > FILTER_MAX_JOBS ? FILTER_MAX_JOBS : (size_t)jobs;
}

int64_t filter_processors(int64_t jobs)
{
	int64_t most = sysconf(_SC_NPROCESSORS_ONLN);

	if (most < 1)
		most = 1;
	return jobs > 0 && jobs < most ? jobs : most;
}

int filter_run(const struct filter *filter, char *const *files)
{
	struct run run = {.filter = filter};
	size_t jobs = count_jobs(filter);
	struct lines *lines;
	int broken;

	for (char *const *file = files; *file; file++)
		if (strcmp(*file, "-") != 0 && access(*file, R_OK))
			report_misuse("%s: %s", *file, strerror(errno));
	stop_listen();
	progress_begin(progress_wanted() ? lines_count(files) : 0);
	lines = lines_new(files, filter->max_line ? filter->max_line : FILTER_MAX_LINE, '\n');
	if (filter->commit || jobs == 1)
		broken = run_alone(&run, lines);
	else
		broken = workers_run(&run, lines, jobs);
	lines_free(lines);
	progress_end();
	if (stop_signal()) {
		report("stopped by a signal: %zu records done, %zu of them failed",
			run.good + run.failed + run.failed_for_now,
			run.failed + run.failed_for_now);
		stop_end();
	}
	if (broken || run.failed)
		return EXIT_FAILED;
	return run.failed_for_now ? EXIT_RETRY : EXIT_GOOD;
}
