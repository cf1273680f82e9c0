/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long run is, for whoever waits for it: on a terminal, and nowhere else. */
#ifndef TESTS_COMMON_PROGRESS_H_
#define TESTS_COMMON_PROGRESS_H_

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/*
 * @done of @total @what; a total of 0: nobody knows how many there will be. Once a second; the line
 * goes when all is done, and before others are printed (done 1 of 1).
 */
static inline void progress(unsigned long done, unsigned long total, const char *what)
{
	static time_t shown;
	static int is_terminal = -1;
	time_t now;

	if (is_terminal < 0)
		is_terminal = isatty(STDERR_FILENO);
	now = is_terminal ? time(NULL) : 0;
	if (!is_terminal || (now == shown && done != total))
		return;
	shown = now;
	if (done == total)
		(void)fputs("\r\033[K", stderr);
	else if (total == 0)
		(void)fprintf(stderr, "\r%lu %s", done, what);
	else
		(void)fprintf(stderr, "\r%lu of %lu %s, %lu %%", done, total, what,
			      (unsigned long)(100.0 * (double)done / (double)total));
}

#endif /* TESTS_COMMON_PROGRESS_H_ */
