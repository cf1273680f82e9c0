/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs, run by the command. */
#include <errno.h>
#include <stdio.h>
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
