/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenon run in a process of its own, so that whatever an extension does, the command goes on:
 * --watch, which builds and runs again whenever something has changed, and --json, which says what
 * was printed and what came of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "json.h"
#include "new.h"
#include "run.h"

/* Let a child do it. */
static pid_t start(struct run *run, int (*once)(struct run *), int output, int messages)
{
	pid_t parent = getpid(), child;

	(void)fflush(NULL);
	child = fork();
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent || (output >= 0 && dup2(output, STDOUT_FILENO) < 0) ||
		    (messages >= 0 && dup2(messages, STDERR_FILENO) < 0))
			_exit(EXIT_REFUSED);
		exit(once(run));
	}
	if (child < 0)
		complain(NULL, "no process to run in: %s", strerror(errno));
	return child;
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CRASH + WTERMSIG(status);
}

/* ---- --watch ---- */

/* FNV-1a over what tells that a file has changed. */
static uint64_t stamp;
static bool any_file;

static void mix(const void *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		stamp = (stamp ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

static void mix_file(const struct stat *status)
{
	mix(&status->st_mtim, sizeof(status->st_mtim));
	mix(&status->st_size, sizeof(status->st_size));
	mix(&status->st_ino, sizeof(status->st_ino));
}

static bool is_source(const char *name)
{
	static const char *const endings[] = {".c", ".cc",  ".cpp", ".cxx", ".h",  ".hh",
					      ".S", ".hpp", ".s",   ".ld",  ".inc"};
	const char *dot = strrchr(name, '.');

	if (strcmp(name, "Makefile") == 0 || strcmp(name, "CMakeLists.txt") == 0)
		return true;
	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (strcmp(dot, endings[i]) == 0)
			return true;
	}
	return false;
}

/* What a build makes is none of its sources. */
static int visit(const char *path, const struct stat *status, int type, struct FTW *at)
{
	const char *name = path + at->base;

	if (type == FTW_D && at->level > 0 && (name[0] == '.' || strcmp(name, "build") == 0))
		return FTW_SKIP_SUBTREE;
	if (type == FTW_F && is_source(name)) {
		mix(path, strlen(path));
		mix_file(status);
	}
	return at->level > 16 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

static uint64_t stamp_of_sources(void)
{
	stamp = 0xcbf29ce484222325u;
	if (is_project())
		(void)nftw(".", visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
	return stamp;
}

static uint64_t stamp_of_files(const struct run *run)
{
	struct stat status;

	stamp = 0xcbf29ce484222325u;
	any_file = false;
	for (size_t i = 0; i < run->file_count; i++) {
		if (stat(run->files[i].path, &status) == 0) {
			mix_file(&status);
			any_file = true;
		}
	}
	return stamp;
}

static void pause_briefly(void)
{
	const struct timespec time = {0, 200 * 1000 * 1000};

	(void)nanosleep(&time, NULL);
}

/* Something has changed: wait until nothing does any more, since a linker may still write. */
static void settle(const struct run *run)
{
	uint64_t files = stamp_of_files(run), sources = stamp_of_sources(), before;

	do {
		pause_briefly();
		before = files ^ sources;
		files = stamp_of_files(run);
		sources = stamp_of_sources();
	} while ((files ^ sources) != before);
}

static void stop(pid_t child)
{
	if (child <= 0)
		return;
	(void)kill(child, SIGTERM);
	(void)waitpid(child, NULL, 0);
}

int run_watch(struct run *run, int (*once)(struct run *))
{
	uint64_t files, sources;
	pid_t child;
	int status;

	for (;;) {
		if (is_project() && build_project() != EXIT_GOOD)
			complain(NULL, "the build has failed; what it made before is run");
		settle(run);
		files = stamp_of_files(run);
		sources = stamp_of_sources();
		child = any_file ? start(run, once, -1, -1) : -1;
		while (stamp_of_files(run) == files && stamp_of_sources() == sources) {
			if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
				fprintf(stderr,
					"tenon: ended with status %d; watching for changes\n",
					exit_code(status));
				child = -1;
			}
			pause_briefly();
		}
		stop(child);
		settle(run);
	}
}

/* ---- --json ---- */

static int in_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		complain(NULL, "no memory for a file: %s", strerror(errno));
	return fd;
}

/* All of a file, as text. To be freed. */
static char *contents(int fd)
{
	off_t length = lseek(fd, 0, SEEK_END);
	char *text = need(length > 0 ? (size_t)length + 1 : 1, 1);
	ssize_t got = length > 0 ? pread(fd, text, (size_t)length, 0) : 0;

	for (ssize_t i = 0; i < got; i++) { /* printable() ends at a NUL */
		if (text[i] == '\0')
			text[i] = ' ';
	}
	return text;
}

/* Lines stay lines. */
static void put_lines(struct json_object *object, const char *key, char *text)
{
	struct json_object *list = json_list(object, key);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] != '\0' || rest != NULL)
			(void)json_object_array_add(list, json_object_new_string(printable(line)));
	}
	free(text);
}

static void put_calls(struct json_object *root, const struct run *run, const char *results)
{
	struct json_object *list = json_list(root, "calls");
	const char *at = results;

	for (size_t i = 0; i < run->call_count; i++) {
		const struct call *call = &run->calls[i];
		struct json_object *item = json_item(list), *arguments;
		bool made = at != NULL && *at != '\0';

		json_text(item, "symbol", call->symbol);
		arguments = json_list(item, "arguments");
		for (int n = 0; n < call->count; n++)
			(void)json_object_array_add(arguments,
						    json_object_new_int(call->arguments[n]));
		(void)json_object_object_add(item, "result",
					     made ? json_object_new_int(atoi(at)) : NULL);
		at = made ? strchr(at, '\n') : NULL;
		at = at != NULL ? at + 1 : NULL;
	}
}

static void print(const struct run *run, int status, int output, int messages)
{
	struct json_object *root = json_root("run"), *files;
	int code = exit_code(status);
	char *results = contents(run->results), *rest = strchr(results, '\n');

	files = json_list(root, "files");
	for (size_t i = 0; i < run->file_count; i++)
		(void)json_object_array_add(files,
					    json_object_new_string(printable(run->files[i].path)));
	if (rest != NULL) /* first a board's name, or nothing, then a line for each call made */
		*rest++ = '\0';
	json_text(root, "board", results[0] != '\0' ? results : NULL);
	json_flag(root, "good", code == EXIT_GOOD);
	json_number(root, "status", (uint64_t)code);
	json_text(root, "signal", code > EXIT_CRASH ? sigabbrev_np(code - EXIT_CRASH) : NULL);
	json_flag(root, "timed_out", code == EXIT_TIMEOUT);
	put_calls(root, run, rest);
	put_lines(root, "output", contents(output));
	put_lines(root, "messages", contents(messages));
	free(results);
	json_print(root, stdout);
}

int run_json(struct run *run, int (*once)(struct run *))
{
	int output = in_memory("output"), messages = in_memory("messages"), status = 0;
	pid_t child;

	run->results = in_memory("results");
	if (output < 0 || messages < 0 || run->results < 0)
		return EXIT_REFUSED;
	child = start(run, once, output, messages);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return EXIT_REFUSED;
	print(run, status, output, messages);
	return exit_code(status);
}
