/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, run by the command. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"
#include "tenon.h"

bool program_run(const char *const *argv)
{
	pid_t child;
	int status;

	(void)fflush(NULL); /* not twice */
	child = fork();
	if (child == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		complain(argv[0], "%s", strerror(errno));
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		complain(argv[0], "%s", strerror(errno));
		return false;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In the child: it reads nothing, and prints into @output only. */
static _Noreturn void become(const char *const *argv, int output)
{
	int nothing = open("/dev/null", O_RDWR);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0)
		_exit(127);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* At most one byte more than @most. */
static char *read_all(int fd, size_t most, size_t *length)
{
	char *text = need(1, 1);
	ssize_t got;

	*length = 0;
	do {
		size_t left = most - *length < 4096 ? most - *length + 1 : 4096;

		text = need_more(text, *length + left + 1, 1);
		got = read(fd, text + *length, left);
		*length += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && *length <= most) || (got < 0 && errno == EINTR));
	text[*length] = '\0';
	return text;
}

char *program_bytes(const char *const *argv, size_t most, size_t *length)
{
	int ends[2], status = -1;
	char *text = NULL;
	pid_t child;

	(void)fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	child = fork();
	if (child == 0)
		become(argv, ends[1]);
	(void)close(ends[1]);
	if (child > 0)
		text = read_all(ends[0], most, length);
	(void)close(ends[0]);
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0 && *length <= most)
		return text;
	free(text);
	return NULL;
}

char *program_output(const char *const *argv)
{
	size_t length;

	return program_bytes(argv, SIZE_MAX / 2, &length);
}
