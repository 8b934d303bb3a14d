#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of the years 0 to 9999, the only ones that RFC 3339 has. */
#define FIRST_SECOND (-62167219200)
#define LAST_SECOND 253402300799

static bool stopped;
static int64_t stopped_at;

int64_t clock_now(void)
{
	return stopped ? stopped_at : clock_machine();
}

int64_t clock_machine(void)
{
	return (int64_t)time(NULL);
}

int64_t clock_machine_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_fix(int64_t seconds)
{
	stopped = true;
	stopped_at = seconds;
}

double clock_elapsed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void clock_sleep(double seconds)
{
	struct timespec wait = {.tv_sec = (time_t)seconds};

	wait.tv_nsec = (long)((seconds - (double)wait.tv_sec) * 1e9);
	nanosleep(&wait, NULL);
}

/* Days from 1970-01-01 to a day of the Gregorian calendar, counted in 400-year eras of 146,097
 * days that begin on the first of March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* What days_from_civil() does, backwards. */
static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t shifted = days + 719468;
	int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	int of_era = (int)(shifted - era * 146097);
	int years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * years + years / 4 - years / 100);
	int from_march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march + (from_march < 10 ? 3 : -9);
	*year = years + (int)era * 400 + (*month <= 2);
}

/* Write two digits and what follows them; return where the next go. */
static char *write_two(char *text, int number, char next)
{
	text[0] = (char)('0' + number / 10);
	text[1] = (char)('0' + number % 10);
	text[2] = next;
	return text + 3;
}

void clock_format(int64_t seconds, char text[CLOCK_TEXT])
{
	int64_t days;
	int of_day, year, month, day;

	if (seconds < FIRST_SECOND)
		seconds = FIRST_SECOND;
	else if (seconds > LAST_SECOND)
		seconds = LAST_SECOND;
	days = (seconds - FIRST_SECOND) / 86400 + FIRST_SECOND / 86400;
	of_day = (int)(seconds - days * 86400);
	civil_from_days(days, &year, &month, &day);
	write_two(text, year / 100, 0);
	text = write_two(text + 2, year % 100, '-');
	text = write_two(text, month, '-');
	text = write_two(text, day, 'T');
	text = write_two(text, of_day / 3600, ':');
	text = write_two(text, of_day / 60 % 60, ':');
	text = write_two(text, of_day % 60, 'Z');
	*text = '\0';
}

void clock_format_ms(int64_t milliseconds, char text[CLOCK_TEXT])
{
	int64_t rest = milliseconds % 1000;

	rest += rest < 0 ? 1000 : 0;
	clock_format((milliseconds - rest) / 1000, text);
	snprintf(text + strlen(text) - 1, 6, ".%03uZ", (unsigned)rest % 1000);
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Return whether `text` begins like `form`, where a 0 stands for any digit. */
static bool has_form(const char *text, const char *form)
{
	for (; *form; form++, text++)
		if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return true;
}

/* Read what comes behind a time of day: a Z, or how far its clock is ahead, "+01:00". */
static int parse_zone(const char *text, int64_t *ahead)
{
	int hours, minutes;

	*ahead = 0;
	if (strcmp(text, "Z") == 0)
		return 0;
	if ((*text != '+' && *text != '-') || !has_form(text + 1, "00:00") || text[6] ||
		sscanf(text + 1, "%2d:%2d", &hours, &minutes) != 2 || hours > 23 || minutes > 59)
		return -1;
	*ahead = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

/* Read a day's time behind the T, and its zone; -1 if `text` is none. */
static int parse_time_of_day(const char *text, int64_t *seconds)
{
	int hour, minute, second;
	const char *rest = text + 9;
	int64_t ahead;

	if (!has_form(text, "T00:00:00") ||
		sscanf(text, "T%2d:%2d:%2d", &hour, &minute, &second) != 3)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (parse_zone(rest, &ahead) || hour > 23 || minute > 59 || second > 59)
		return -1;
	*seconds = hour * 3600 + minute * 60 + second - ahead;
	return 0;
}

int clock_parse(const char *text, int64_t *seconds)
{
	const char *digits = text[0] == '@' ? text + 1 : text;
	int64_t of_day = 0;
	int year, month, day;

	if (*digits && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= 12) {
		*seconds = strtoll(digits, NULL, 10);
		return 0;
	}
	if (!has_form(text, "0000-00-00") || sscanf(text, "%4d-%2d-%2d", &year, &month, &day) != 3)
		return -1;
	if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return -1;
	if (text[10] && parse_time_of_day(text + 10, &of_day))
		return -1;
	*seconds = days_from_civil(year, month, day) * 86400 + of_day;
	return 0;
}
