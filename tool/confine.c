/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an emulator may do to the host. Semihosting, by which a board's firmware prints and reads
 * its job, also lets whoever runs on the board open the host's files and run its programs. So the
 * emulator is confined before it starts: Landlock lets it read what it needs to run and its own
 * firmware, and write nothing but what it has open already. Its -sandbox option, in boards/run,
 * keeps it from starting programs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "confine.h"

/* Names of later kernels' headers. */
#define ACCESS_REFER    (1ull << 13)
#define ACCESS_TRUNCATE (1ull << 14)
#define ACCESS_ALL      ((1ull << 13) - 1)

#define MOST_WRITTEN ((rlim_t)1 << 20) /* bytes of a file: the emulator's own messages */

static int create_ruleset(const struct landlock_ruleset_attr *attr, size_t size, uint32_t flags)
{
	return (int)syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

static void allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access,
						  .parent_fd = open(path, O_PATH | O_CLOEXEC)};

	/* What is not there needs no permission. */
	if (rule.parent_fd < 0)
		return;
	(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	(void)close(rule.parent_fd);
}

/* An emulator that is installed elsewhere has its own files beside it, but never at home. */
static void allow_installation(int ruleset, const char *program, uint64_t access)
{
	char *folder = realpath(program, NULL),
	     *slash = folder != NULL ? strrchr(folder, '/') : NULL;
	const char *home = getenv("HOME");

	if (slash != NULL && slash != folder) {
		*slash = '\0';
		allow(ruleset, folder, access);
		slash = strrchr(folder, '/');
		*slash = '\0';
		if (slash != folder && (home == NULL || strcmp(folder, home) != 0))
			allow(ruleset, folder, access);
	}
	free(folder);
}

static bool restrict_files(const char *const *readable, size_t count, const char *program)
{
	static const char *const system[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/random",
					      "/dev/urandom"};
	const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
			      LANDLOCK_ACCESS_FS_EXECUTE;
	const uint64_t file = LANDLOCK_ACCESS_FS_READ_FILE;
	int version = create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION), ruleset;
	struct landlock_ruleset_attr attr = {.handled_access_fs = ACCESS_ALL};
	bool good;

	if (version < 1)
		return false;
	attr.handled_access_fs |= version >= 2 ? ACCESS_REFER : 0;
	attr.handled_access_fs |= version >= 3 ? ACCESS_TRUNCATE : 0;
	ruleset = create_ruleset(&attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++)
		allow(ruleset, system[i], read);
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		allow(ruleset, devices[i], file | LANDLOCK_ACCESS_FS_WRITE_FILE);
	allow(ruleset, "/etc/ld.so.cache", file);
	if (program != NULL)
		allow_installation(ruleset, program, read);
	for (size_t i = 0; i < count; i++)
		allow(ruleset, readable[i], read);
	good = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	(void)close(ruleset);
	return good;
}

bool confine(const char *const *readable, size_t count, const char *program)
{
	const struct rlimit written = {MOST_WRITTEN, MOST_WRITTEN}, none = {0, 0};

	(void)setrlimit(RLIMIT_FSIZE, &written);
	(void)setrlimit(RLIMIT_CORE, &none);
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       restrict_files(readable, count, program);
}
