/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are written: whole, or not at all. A file that was there before keeps its content
 * until the new one is complete.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "program.h"
#include "tenon.h"

static bool write_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t done = write(fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		bytes += done;
		length -= (size_t)done;
	}
	return true;
}

/* A device, or a pipe: there is nothing to keep. One that nobody reads is not waited for. */
static bool write_to(const char *path, const uint8_t *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	bool good;

	if (fd < 0) {
		complain(path, "%s", errno == ENXIO ? "a pipe that nobody reads" : strerror(errno));
		return false;
	}
	(void)fcntl(fd, F_SETFL, 0);
	good = write_all(fd, bytes, length);
	if (close(fd) != 0 || !good) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	return true;
}

static mode_t mode_of(const struct stat *before)
{
	mode_t mask;

	if (before != NULL)
		return before->st_mode & 07777;
	mask = umask(0);
	(void)umask(mask);
	return 0666 & ~mask;
}

/* In the folder of @path, then renamed. */
static bool replace(const char *path, const struct stat *before, const uint8_t *bytes,
		    size_t length)
{
	char *temporary = need_text("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC);
	bool good = fd >= 0;

	if (good) {
		good = write_all(fd, bytes, length) && fchmod(fd, mode_of(before)) == 0;
		if (good && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
			good = false;
		good = close(fd) == 0 && good;
		good = good && rename(temporary, path) == 0;
	}
	if (!good) {
		complain(path, "%s", strerror(errno));
		if (fd >= 0)
			(void)unlink(temporary);
	}
	free(temporary);
	return good;
}

bool write_output(const char *path, const uint8_t *bytes, size_t length)
{
	char target[PATH_MAX];
	struct stat st;

	/* At the limit of a file's size, an error is better than the end of the program. */
	(void)signal(SIGXFSZ, SIG_IGN);
	if (stat(path, &st) != 0)
		return replace(path, NULL, bytes, length);
	if (S_ISDIR(st.st_mode)) {
		complain(path, "%s", strerror(EISDIR));
		return false;
	}
	if (!S_ISREG(st.st_mode))
		return write_to(path, bytes, length);
	if (access(path, W_OK) != 0) {
		complain(path, "%s", strerror(errno));
		return false;
	}
	/* A link stays one. */
	return replace(realpath(path, target) != NULL ? target : path, &st, bytes, length);
}

bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool make_folder(const char *path)
{
	if (mkdir(path, 0777) == 0)
		return true;
	complain(path, "%s", strerror(errno));
	return false;
}

bool remove_folder(const char *path)
{
	const char *const argv[] = {"rm", "-rf", path, NULL};

	if (program_run(argv))
		return true;
	complain(path, "cannot be removed");
	return false;
}

char *temporary_folder(const char *purpose)
{
	const char *parent = getenv("TMPDIR");
	char *path;

	if (parent == NULL || parent[0] == '\0')
		parent = P_tmpdir;
	path = need_text("%s/tenon-%s-XXXXXX", parent, purpose);
	if (mkdtemp(path) != NULL)
		return path;
	complain(path, "%s", strerror(errno));
	free(path);
	return NULL;
}
