/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated board at work. boards/run knows how to start it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../boards/runner/job.h"
#include "confine.h"
#include "emulator.h"

/* ---- starting ---- */

int memory_file(const void *bytes, size_t count)
{
	int fd = memfd_create("tenon", MFD_CLOEXEC);

	for (size_t done = 0; fd >= 0 && done < count;) {
		ssize_t written = write(fd, (const char *)bytes + done, count - done);

		if (written <= 0) {
			(void)close(fd);
			fd = -1;
		} else {
			done += (size_t)written;
		}
	}
	if (fd < 0) {
		complain(NULL, "no memory for a file: %s", strerror(errno));
		exit(EXIT_REFUSED);
	}
	return fd;
}

/* In the child: @fds become JOB_FD and what follows. */
static bool place_files(const int *fds, size_t count, int report)
{
	int above = JOB_FD + (int)count, *moved = need(count, sizeof(*moved));
	bool good = true;

	/* First out of the way of each other. */
	for (size_t i = 0; i < count; i++) {
		moved[i] = fcntl(JOB_FD + i == REPORT_FD ? report : fds[i], F_DUPFD_CLOEXEC, above);
		good = good && moved[i] >= 0;
	}
	for (size_t i = 0; good && i < count; i++)
		good = dup2(moved[i], JOB_FD + (int)i) >= 0;
	free(moved);
	return good;
}

static _Noreturn void become_emulator(const struct boards *boards, const struct runner *runner,
				      const char *timeout)
{
	char *script = need_text("%s/run", boards->folder);
	char *own = need_text("%s/%s", boards->folder, runner->board->name);
	char *program = board_emulator(runner->board);
	const char *const readable[] = {boards->folder, own, runner->path};

	(void)setenv("BOARD_TIMEOUT", timeout, 1);
	(void)setenv("BOARD_ICOUNT", "0", 1);
	(void)unsetenv("BOARD_STATUS");
	(void)setenv("BOARD_SANDBOX", "1", 0);
	/* Without it, there is still the emulator's own sandbox. */
	(void)confine(readable, sizeof(readable) / sizeof(readable[0]), program);
	(void)execl("/bin/sh", "sh", script, runner->board->name, runner->path, (char *)NULL);
	_exit(127);
}

bool emulator_start(struct emulator *emulator, const struct boards *boards,
		    const struct runner *runner, const int *fds, size_t count, unsigned int timeout)
{
	char *seconds = need_text("%u", timeout);
	int console[2] = {-1, -1}, report[2] = {-1, -1};

	*emulator = (struct emulator){.process = -1, .console.fd = -1, .report.fd = -1};
	emulator->errors = memory_file("", 0);
	if (pipe2(console, O_CLOEXEC) == 0 && pipe2(report, O_CLOEXEC) == 0)
		emulator->process = fork();
	if (emulator->process == 0) {
		if (dup2(console[1], STDOUT_FILENO) >= 0 &&
		    dup2(emulator->errors, STDERR_FILENO) >= 0 &&
		    place_files(fds, count, report[1]))
			become_emulator(boards, runner, seconds);
		_exit(127);
	}
	free(seconds);
	if (console[1] >= 0)
		(void)close(console[1]);
	if (report[1] >= 0)
		(void)close(report[1]);
	emulator->console.fd = console[0];
	emulator->report.fd = report[0];
	if (emulator->process < 0)
		complain(NULL, "cannot start the emulator: %s", strerror(errno));
	return emulator->process > 0 && fcntl(report[0], F_SETFL, O_NONBLOCK) == 0;
}

/* ---- at work ---- */

enum take { TAKE_SOME, TAKE_NOTHING, TAKE_END };

/* Reads once. */
static enum take take(struct incoming *incoming)
{
	char piece[4096];
	ssize_t got;

	if (incoming->fd < 0)
		return TAKE_END;
	do
		got = read(incoming->fd, piece, sizeof(piece));
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return TAKE_NOTHING;
	if (got <= 0) {
		(void)close(incoming->fd);
		incoming->fd = -1;
		return TAKE_END;
	}
	incoming->bytes = need_more(incoming->bytes, incoming->count + (size_t)got, 1);
	memcpy(incoming->bytes + incoming->count, piece, (size_t)got);
	incoming->count += (size_t)got;
	return TAKE_SOME;
}

bool emulator_wait(struct emulator *emulator)
{
	struct pollfd both[] = {{.fd = emulator->console.fd, .events = POLLIN},
				{.fd = emulator->report.fd, .events = POLLIN}};

	if (emulator->console.fd < 0 && emulator->report.fd < 0)
		return false;
	if (poll(both, 2, -1) < 0)
		return errno == EINTR;
	if (both[0].revents != 0)
		(void)take(&emulator->console);
	while (take(&emulator->report) == TAKE_SOME)
		;
	return true;
}

void incoming_drop(struct incoming *incoming, size_t count)
{
	incoming->count -= count;
	memmove(incoming->bytes, incoming->bytes + count, incoming->count);
}

/* ---- the end ---- */

int emulator_stop(struct emulator *emulator, bool at_once)
{
	int status = 0;

	/* First, since it cannot end while it waits for a reader. */
	if (emulator->console.fd >= 0)
		(void)close(emulator->console.fd);
	if (emulator->report.fd >= 0)
		(void)close(emulator->report.fd);
	if (emulator->process > 0) {
		if (at_once)
			(void)kill(emulator->process, SIGTERM);
		while (waitpid(emulator->process, &status, 0) < 0 && errno == EINTR)
			;
	}
	free(emulator->console.bytes);
	free(emulator->report.bytes);
	emulator->console = emulator->report = (struct incoming){.fd = -1};
	return status;
}

/* What it wrote to standard error, cut; to be freed. */
static char *errors(const struct emulator *emulator)
{
	char *text = need(4096, 1);
	ssize_t length = pread(emulator->errors, text, 4095, 0);

	text[length > 0 ? length : 0] = '\0';
	return text;
}

bool emulator_locked_up(const struct emulator *emulator)
{
	char *text = errors(emulator);
	bool locked = strstr(text, "Lockup") != NULL;

	free(text);
	return locked;
}

void emulator_print_errors(const struct emulator *emulator)
{
	char *text = errors(emulator), *rest = text;
	const char *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '\0')
			fprintf(stderr, "  %s\n", printable(line));
	}
	free(text);
}
