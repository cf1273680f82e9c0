/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of many threads at a time come out of the port for Linux as whole lines. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "llext_posix.h"

#define THREADS 8
#define LINES   2000

static void say(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}

static void *talk(void *name)
{
	for (int i = 0; i < LINES; i++) {
		say(LLEXT_LOG_WRN, "%s says %s", (const char *)name, (const char *)name);
		say(LLEXT_LOG_DBG, "below the level");
	}
	return NULL;
}

int main(void)
{
	static const char *const names[THREADS] = {"one",  "two", "three", "four",
						   "five", "six", "seven", "eight"};
	pthread_t threads[THREADS];
	char line[100], first[100], second[100], end;
	unsigned int whole = 0;
	FILE *file = freopen("posix_log.txt", "w+", stderr);

	if (file == NULL)
		return 2;
	llext_posix_log_level = LLEXT_LOG_WRN;
	for (size_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, talk, (void *)(uintptr_t)names[i]) != 0)
			return 2;
	}
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "llext warning: %99s says %99s%c", first, second, &end) != 3 ||
		    end != '\n' || strcmp(first, second) != 0) {
			printf("not a message: %s", line);
			return 1;
		}
		whole++;
	}
	printf("%u lines\n", whole);
	return whole == THREADS * LINES ? 0 : 1;
}
