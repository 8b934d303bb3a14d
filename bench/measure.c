/* measure: run a command, and write what it took to FILE as one JSON object: seconds of wall, user
 * and system time, with those of the processes that it waited for, and the most memory that the
 * largest of them held, in bytes. Its own exit status is the command's. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
	double began = now();
	struct rusage used;
	FILE *out;
	int status;
	pid_t child;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE COMMAND [ARG]...\n");
		return 2;
	}
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || getrusage(RUSAGE_CHILDREN, &used)) {
		perror("measure");
		return 2;
	}
	out = fopen(argv[1], "w");
	if (!out ||
		fprintf(out, "{\"wall\":%.4f,\"user\":%.4f,\"system\":%.4f,\"peak_bytes\":%lld}\n",
			now() - began, seconds(used.ru_utime), seconds(used.ru_stime),
			(long long)used.ru_maxrss * 1024) < 0 ||
		fclose(out)) {
		perror(argv[1]);
		return 2;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
