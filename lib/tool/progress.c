#include "tool/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "tool/report.h"

enum mode { MODE_AUTO, MODE_ALWAYS, MODE_NEVER, MODE_JSON };

static const double first_after = 2.0; /* seconds */
static const double every = 0.2;

static enum mode mode = MODE_AUTO;
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
	run.total = total;
	run.began = clock_elapsed();
	run.told = run.began + (mode == MODE_AUTO ? first_after : 0) - every;
}

static int columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

static void tell(double now)
{
	double seconds = now - run.began;
	double rate = seconds > 0 ? (double)run.done / seconds : 0;
	bool known = run.total > 0 && rate > 0 && run.done <= run.total;
	double left = known ? (double)(run.total - run.done) / rate : 0;
	char line[256], total[32] = "null", eta[32] = "null";
	int length;

	if (mode == MODE_JSON) {
		if (run.total)
			snprintf(total, sizeof(total), "%zu", run.total);
		if (known)
			snprintf(eta, sizeof(eta), "%.1f", left);
		fprintf(stderr,
			"{\"done\":%zu,\"failed\":%zu,\"total\":%s,\"bytes\":%llu,\"rate\":%.1f,"
			"\"eta\":%s}\n",
			run.done, run.failed, total, (unsigned long long)run.bytes, rate, eta);
		return;
	}
	length = snprintf(line, sizeof(line), "%s: %zu", report_tool(), run.done);
	if (run.total)
		length += snprintf(
			line + length, sizeof(line) - (size_t)length, " of %zu", run.total);
	length += snprintf(line + length, sizeof(line) - (size_t)length,
		", %zu failed, %.1f MB, %.1f/s", run.failed, (double)run.bytes / 1e6, rate);
	if (known)
		snprintf(line + length, sizeof(line) - (size_t)length, ", %.0f s left", left);
	line[columns() - 1 < (int)sizeof(line) ? columns() - 1 : (int)sizeof(line) - 1] = '\0';
	report_status_line(line);
}

void progress_add(size_t done, size_t failed, uint64_t bytes)
{
	double now;

	run.done += done;
	run.failed += failed;
	run.bytes += bytes;
	if (!progress_wanted())
		return;
	now = clock_elapsed();
	if (now - run.told < every)
		return;
	run.told = now;
	tell(now);
}

void progress_end(void)
{
	if (!progress_wanted())
		return;
	if (mode == MODE_JSON)
		tell(clock_elapsed());
	else
		report_status_line(NULL);
}
