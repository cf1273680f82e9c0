/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated board at work: its console, and the report of the firmware that it runs. */
#ifndef TENON_EMULATOR_H_
#define TENON_EMULATOR_H_

#include <sys/types.h>
#include "board.h"

/* Bytes that have come in and are not used yet. */
struct incoming {
	int fd; /* -1: ended */
	char *bytes;
	size_t count;
};

struct emulator {
	pid_t process;
	struct incoming console, report;
	int errors; /* what the emulator itself has to say */
};

/* A file in memory, for the emulator to read. Ends the command where there is no memory for it. */
int memory_file(const void *bytes, size_t count);

/*
 * Start a firmware. The @fds are its open files from JOB_FD on; the second of them, REPORT_FD, is
 * made here. False, with a message, where that fails. emulator_stop() in any case.
 */
bool emulator_start(struct emulator *emulator, const struct boards *boards,
		    const struct runner *runner, const int *fds, size_t count,
		    unsigned int timeout);

/*
 * Wait for more of either. When there is more of the console, all of the report that was written
 * before is there, too. False: both have ended.
 */
bool emulator_wait(struct emulator *emulator);
void incoming_drop(struct incoming *incoming, size_t count);

/* How it ended, as waitpid() says; and all memory is freed. */
int emulator_stop(struct emulator *emulator, bool at_once);
/* Did the emulated core stop for good, since it faulted while it handled a fault? */
bool emulator_locked_up(const struct emulator *emulator);
void emulator_print_errors(const struct emulator *emulator);

#endif /* TENON_EMULATOR_H_ */
