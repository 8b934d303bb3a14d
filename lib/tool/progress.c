#include "tool/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "tool/report.h"

enum mode { MODE_AUTO, MODE_ALWAYS, MODE_NEVER, MODE_JSON };

static const double first_after = 2.0; /* seconds */
static const double every = 0.2;

static enum mode mode = MODE_AUTO;
static bool wanted; /* of the run */
static struct {
	size_t done, failed, total;
	uint64_t bytes;
	double began, told;
} run;

int progress_mode(const char *name)
{
	static const char *const names[] = {"auto", "always", "never", "json"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(name, names[i]) == 0) {
			mode = (enum mode)i;
			return 0;
		}
	}
	return -1;
}

int progress_wanted(void)
{
	return mode == MODE_ALWAYS || mode == MODE_JSON ||
		(mode == MODE_AUTO && isatty(STDERR_FILENO));
}

void progress_begin(size_t total)
{
	memset(&run, 0, sizeof(run));
	wanted = progress_wanted();
	run.total = total;
	run.began = clock_elapsed();
	run.told = run.began + (mode == MODE_AUTO ? first_after : 0) - every;
}

static size_t columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* Return the records a second, and set `left` to the seconds still to go; below 0 if unknown. */
static double estimate(double now, double *left)
{
	double seconds = now - run.began;
	double rate = seconds > 0 ? (double)run.done / seconds : 0;

	*left = -1;
	if (run.total > 0 && rate > 0 && run.done <= run.total)
		*left = (double)(run.total - run.done) / rate;
	return rate;
}

static void tell_json(double now)
{
	struct buffer json = {0};
	double left, rate = estimate(now, &left);

	buffer_format(&json, "{\"done\":%zu,\"failed\":%zu,\"total\":", run.done, run.failed);
	buffer_format(&json, run.total ? "%zu" : "null", run.total);
	buffer_format(&json,
		",\"bytes\":%llu,\"rate\":%.1f,\"eta\":", (unsigned long long)run.bytes, rate);
	buffer_format(&json, left < 0 ? "null}\n" : "%.1f}\n", left);
	fputs(json.bytes, stderr);
	buffer_release(&json);
}

static void tell_line(double now)
{
	struct buffer line = {0};
	double left, rate = estimate(now, &left);

	buffer_format(&line, "%.40s: %zu", report_tool(), run.done);
	if (run.total)
		buffer_format(&line, " of %zu", run.total);
	buffer_format(
		&line, ", %zu failed, %.1f MB, %.1f/s", run.failed, (double)run.bytes / 1e6, rate);
	if (left >= 0)
		buffer_format(&line, ", %.0f s left", left);
	if (line.length >= columns())
		line.bytes[columns() - 1] = '\0';
	report_status_line(line.bytes);
	buffer_release(&line);
}

static void tell(double now)
{
	if (mode == MODE_JSON)
		tell_json(now);
	else
		tell_line(now);
}

void progress_add(size_t done, size_t failed, uint64_t bytes)
{
	double now;

	run.done += done;
	run.failed += failed;
	run.bytes += bytes;
	if (!wanted)
		return;
	now = clock_elapsed();
	if (now - run.told < every)
		return;
	run.told = now;
	tell(now);
}

void progress_end(void)
{
	if (!wanted)
		return;
	if (mode == MODE_JSON)
		tell(clock_elapsed());
	else
		report_status_line(NULL);
}
