/* SPDX-License-Identifier: Apache-2.0 */
/* The port for a process on Linux: pages, a mutex, standard error. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <llext/llext.h>
#include <llext/port.h>
#include <llext/tls.h>
#include "eh_frame.h"
#include "llext_posix.h"

#define PAGE ((uintptr_t)4096)
/* No executable is given more at an address of its own: a file can ask for anything. */
#define MOST_CLAIMED ((size_t)1 << 30)

int llext_posix_log_level = LLEXT_LOG_WRN;

static pthread_mutex_t loads = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t short_one = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct llext_diag diag;

static void lock(void)
{
	(void)pthread_mutex_lock(&loads);
}

static void unlock(void)
{
	(void)pthread_mutex_unlock(&loads);
}

static void guard(void)
{
	(void)pthread_mutex_lock(&short_one);
}

static void unguard(void)
{
	(void)pthread_mutex_unlock(&short_one);
}

static bool relax(void)
{
	(void)sched_yield();
	return true;
}

static const void *thread(void)
{
	return &diag; /* of which each has its own */
}

static struct llext_diag *thread_diag(void)
{
	return &diag;
}

static void print(int level, const char *format, va_list args)
{
	static const char *const names[] = {"", "error", "warning", "info", "debug"};

	if (level > llext_posix_log_level)
		return;
	flockfile(stderr);
	fprintf(stderr, "llext %s: ", names[level]);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
}

/* Whole pages around the extent. For memory on the heap they are the extent itself. */
static int protect(const struct llext_extent *extent, enum llext_access access)
{
	static const int bits[] = {
		[LLEXT_ACCESS_RW] = PROT_READ | PROT_WRITE,
		[LLEXT_ACCESS_RO] = PROT_READ,
		[LLEXT_ACCESS_RX] = PROT_READ | PROT_EXEC,
	};
	uintptr_t start = extent->load & ~(PAGE - 1);
	uintptr_t end = (extent->load + extent->bytes + PAGE - 1) & ~(PAGE - 1);

	return mprotect((void *)start, end - start, bits[access]) == 0 ? 0 : -errno;
}

/* A line of /proc/self/maps: "low-high rwxp ...". @return what the memory there is, or -EFAULT. */
static int parse_mapping(const char *line, uintptr_t *low, uintptr_t *high)
{
	char *at;

	*low = (uintptr_t)strtoull(line, &at, 16);
	if (*at != '-')
		return -EFAULT;
	*high = (uintptr_t)strtoull(at + 1, &at, 16);
	if (at[0] != ' ' || at[1] == '\0' || at[2] == '\0')
		return -EFAULT;
	return at[2] == 'w' ? LLEXT_ACCESS_RW : at[3] == 'x' ? LLEXT_ACCESS_RX : LLEXT_ACCESS_RO;
}

/* What [start, end) is mapped as: the enum llext_access, or -EFAULT where it is not one thing. */
static int mapped_access(uintptr_t start, uintptr_t end)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[PATH_MAX + 128];
	int access = -EFAULT;

	if (maps == NULL)
		return -EFAULT;
	while (start < end && fgets(line, sizeof(line), maps) != NULL) {
		uintptr_t low, high;
		int one = parse_mapping(line, &low, &high);

		if (one < 0)
			break;
		if (start < low || start >= high)
			continue;
		if (access >= 0 && one != access)
			break;
		access = one;
		start = high;
	}
	(void)fclose(maps);
	return start >= end ? access : -EFAULT;
}

/*
 * Read-only memory may become executable as it is. Writable memory only where every page that
 * changes belongs to the source: what else lies there might be written to.
 */
static int in_place(const struct llext_extent *extent, const void *base, size_t length)
{
	uintptr_t start = extent->load & ~(PAGE - 1);
	uintptr_t end = (extent->load + extent->bytes + PAGE - 1) & ~(PAGE - 1);
	int access = mapped_access(start, end);

	if (access == LLEXT_ACCESS_RW &&
	    (start < (uintptr_t)base || end > (uintptr_t)base + length))
		return -EACCES;
	return access;
}

/* What lies in [start, end), of which something is mapped: a file, or "[stack]" and the like. */
static const char *mapped_name(uintptr_t start, uintptr_t end)
{
	static char line[PATH_MAX + 128]; /* under the library's lock */
	const char *name = "memory of the process";
	FILE *maps = fopen("/proc/self/maps", "re");

	if (maps == NULL)
		return name;
	while (fgets(line, sizeof(line), maps) != NULL) {
		uintptr_t low, high;
		char *path;

		if (parse_mapping(line, &low, &high) < 0 || low >= end)
			break;
		if (high <= start)
			continue;
		line[strcspn(line, "\n")] = '\0';
		path = strpbrk(line, "/[");
		if (path != NULL)
			name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
		break;
	}
	(void)fclose(maps);
	return name;
}

static int claim(struct llext_extent *extent, enum llext_access access, const char **occupant)
{
	void *mem;

	(void)access;
	if (extent->bytes > MOST_CLAIMED)
		return -ENOMEM;
	mem = mmap(extent->mem, extent->bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (mem == extent->mem)
		return 0;
	if (mem != MAP_FAILED) /* a kernel before Linux 4.17, for which the address is a wish */
		(void)munmap(mem, extent->bytes);
	else if (errno != EEXIST)
		return -errno;
	*occupant = mapped_name(extent->load, extent->load + extent->bytes);
	return -EBUSY;
}

static void release(const struct llext_extent *extent)
{
	(void)munmap(extent->mem, extent->bytes);
}

const struct llext_port llext_port = {
	.granule = PAGE,
	.protect = protect,
	.protect_part = (size_t)256 * PAGE,
	.in_place = in_place,
	.claim = claim,
	.release = release,
	.lock = lock,
	.unlock = unlock,
	.guard = guard,
	.unguard = unguard,
	.relax = relax,
	.thread = thread,
	.diag = thread_diag,
	.log = print,
#if LLEXT_ON(CONFIG_LLEXT_TLS) && CONFIG_LLEXT_TLS_BYTES > 0
	.tls = &llext_tls_threads,
#endif
	.unwind_add = llext_eh_frame_add,
	.unwind_add_part = llext_eh_frame_add_part,
	.unwind_remove = llext_eh_frame_remove,
};
