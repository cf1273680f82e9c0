/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the port for Linux does with pages, locks and messages, each function by itself. The
 * system's calls that map can be made to fail, by the linker's --wrap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <llext/llext.h>
#include <llext/port.h>
#include "../common/must.h"
#include "llext_posix.h"

#define PAGE ((size_t)4096)
#define GIB  ((size_t)1 << 30)
#define STEP ((size_t)16 << 20)

extern const char __executable_start[];

/* ---- the system ---- */

void *__real_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);
int __real_ftruncate(int fd, off_t bytes);
int __wrap_ftruncate(int fd, off_t bytes);
int __real_memfd_create(const char *name, unsigned int flags);
int __wrap_memfd_create(const char *name, unsigned int flags);

static int calls, fails_at; /* the system's calls that map; which of them fails, from 1 on */
static bool elsewhere;      /* addresses are wishes: a kernel before Linux 4.17 */
static size_t mapped;       /* bytes, by what was mapped and unmapped */

static bool fails(void)
{
	if (++calls != fails_at)
		return false;
	errno = ENFILE;
	return true;
}

void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	void *mem;

	if (fails())
		return MAP_FAILED;
	if (elsewhere)
		at = (char *)at + 64 * PAGE;
	mem = __real_mmap(at, bytes, rights, flags, fd, offset);
	if (mem != MAP_FAILED && (flags & MAP_FIXED) == 0)
		mapped += bytes;
	return mem;
}

int __wrap_munmap(void *at, size_t bytes)
{
	mapped -= bytes;
	return __real_munmap(at, bytes);
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	return fails() ? -1 : __real_ftruncate(fd, bytes);
}

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	return fails() ? -1 : __real_memfd_create(name, flags);
}

static int free_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	must(fd >= 0 && close(fd) == 0);
	return fd;
}

/* "rwxp" of the page at @at; "" where there is none. */
static const char *rights_at(const void *at)
{
	static char rights[5];
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[600];
	unsigned long low, high;

	must(maps != NULL);
	rights[0] = '\0';
	while (fgets(line, sizeof(line), maps) != NULL) {
		char found[5];

		if (sscanf(line, "%lx-%lx %4s", &low, &high, found) == 3 && (uintptr_t)at >= low &&
		    (uintptr_t)at < high)
			strcpy(rights, found);
	}
	must(fclose(maps) == 0);
	return rights;
}

static bool may(const void *at, const char *rights)
{
	return strcmp(rights_at(at), rights) == 0;
}

/* Pages in a row, with memory on both sides that is not mapped. */
static char *pages(size_t count)
{
	char *mem = __real_mmap(NULL, (count + 2) * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(mem != MAP_FAILED);
	must(__real_munmap(mem, PAGE) == 0);
	must(__real_munmap(mem + (count + 1) * PAGE, PAGE) == 0);
	return mem + PAGE;
}

static struct llext_extent extent(const void *at, size_t bytes)
{
	return (struct llext_extent){
		.mem = (void *)(uintptr_t)at, .load = (uintptr_t)at, .bytes = bytes};
}

/* ---- what memory may do ---- */

static int protect(const char *at, size_t bytes, enum llext_access access)
{
	const struct llext_extent what = extent(at, bytes);

	return llext_port.protect(&what, access);
}

/* All pages that have a byte of it, and no other. */
static void check_protect(void)
{
	char *mem = pages(4);

	must(llext_port.granule == PAGE);
	must(llext_port.protect_part != 0 && llext_port.protect_part % PAGE == 0);
	must(protect(mem + PAGE, 2 * PAGE, LLEXT_ACCESS_RX) == 0);
	must(may(mem, "rw-p") && may(mem + PAGE, "r-xp"));
	must(may(mem + 2 * PAGE, "r-xp") && may(mem + 3 * PAGE, "rw-p"));
	must(protect(mem + 2 * PAGE - 1, 2, LLEXT_ACCESS_RO) == 0);
	must(may(mem, "rw-p") && may(mem + PAGE, "r--p"));
	must(may(mem + 2 * PAGE, "r--p") && may(mem + 3 * PAGE, "rw-p"));
	must(protect(mem + PAGE + 100, PAGE - 100, LLEXT_ACCESS_RW) == 0);
	must(may(mem + PAGE, "rw-p") && may(mem + 2 * PAGE, "r--p"));
	must(protect(mem + 2 * PAGE, 1, LLEXT_ACCESS_RX) == 0);
	must(may(mem + PAGE, "rw-p") && may(mem + 2 * PAGE, "r-xp") && may(mem + 3 * PAGE, "rw-p"));
	must(protect(mem + 4 * PAGE, PAGE, LLEXT_ACCESS_RX) == -ENOMEM);
	must(__real_munmap(mem, 4 * PAGE) == 0);
}

static int in_place(const char *at, size_t bytes, const char *base, size_t length)
{
	const struct llext_extent what = extent(at, bytes);

	return llext_port.in_place(&what, base, length);
}

/* Writable pages only where all of each is the source's. */
static void check_in_place(void)
{
	char *mem = pages(4);

	must(in_place(mem + PAGE + 8, 16, mem + PAGE, PAGE) == LLEXT_ACCESS_RW);
	must(in_place(mem + PAGE, 2 * PAGE, mem + PAGE, 2 * PAGE) == LLEXT_ACCESS_RW);
	must(in_place(mem + PAGE + 8, 16, mem + PAGE + 1, PAGE) == -EACCES);
	must(in_place(mem + PAGE + 8, 16, mem + PAGE, PAGE - 1) == -EACCES);
	must(in_place(mem + 2 * PAGE - 1, 2, mem + PAGE, PAGE) == -EACCES);
	must(in_place(mem + 2 * PAGE - 1, 1, mem + PAGE, PAGE) == LLEXT_ACCESS_RW);
	/* What cannot be written to may be used as it is. */
	must(mprotect(mem + PAGE, PAGE, PROT_READ) == 0);
	must(in_place(mem + PAGE + 8, 16, mem + PAGE + 8, 16) == LLEXT_ACCESS_RO);
	must(mprotect(mem + PAGE, PAGE, PROT_READ | PROT_EXEC) == 0);
	must(in_place(mem + PAGE + 8, 16, mem + PAGE + 8, 16) == LLEXT_ACCESS_RX);
	/* More than one kind, and nothing. */
	must(in_place(mem + PAGE + 8, PAGE, mem, 4 * PAGE) == -EFAULT);
	must(in_place(mem + 8, PAGE, mem, 4 * PAGE) == -EFAULT);
	must(in_place(mem - 8, 4, mem - PAGE, PAGE) == -EFAULT);
	must(in_place(mem - 8, 16, mem - PAGE, 4 * PAGE) == -EFAULT);
	must(in_place(mem + 4 * PAGE - 8, 16, mem, 6 * PAGE) == -EFAULT);
	/* Two mappings of one kind. */
	must(__real_mmap(mem + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) == mem + PAGE);
	must(mprotect(mem + 2 * PAGE, PAGE, PROT_READ) == 0);
	must(in_place(mem + PAGE + 8, PAGE, mem + PAGE + 8, PAGE) == LLEXT_ACCESS_RO);
	must(__real_munmap(mem, 4 * PAGE) == 0);
}

/* ---- memory at an address ---- */

static const char *occupant;

static int claim(const char *at, size_t bytes)
{
	struct llext_extent what = extent(at, bytes);

	occupant = NULL;
	return llext_port.claim(&what, LLEXT_ACCESS_RX, &occupant);
}

static void check_claim(void)
{
	/* Address space, of which nothing is mapped. */
	char *mem = __real_mmap(NULL, GIB + 4 * PAGE, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct llext_extent what;

	must(mem != MAP_FAILED && __real_munmap(mem, GIB + 4 * PAGE) == 0);
	must(claim(mem, GIB + 1) == -ENOMEM && occupant == NULL);
	must(claim(mem, GIB) == 0 && occupant == NULL);
	must(may(mem, "rw-p") && may(mem + GIB - 1, "rw-p"));
	mem[5] = 1;
	must(claim(mem, PAGE) == -EBUSY && strcmp(occupant, "memory of the process") == 0);
	must(claim(mem + GIB - PAGE, 2 * PAGE) == -EBUSY && mem[5] == 1);
	what = extent(mem, GIB);
	llext_port.release(&what);
	must(may(mem, "") && may(mem + GIB - PAGE, ""));
	must(claim(mem + 1, PAGE) == -EINVAL && occupant == NULL);
	mapped = 0;
	elsewhere = true;
	must(claim(mem, PAGE) == -EBUSY && mapped == 0);
	elsewhere = false;
	must(claim(mem, PAGE) == 0);
	what = extent(mem, PAGE);
	llext_port.release(&what);
}

/* ---- memory for a heap ---- */

static bool is_near(const void *mem)
{
	uintptr_t start = (uintptr_t)__executable_start, at = (uintptr_t)mem;

	return start < 2 * GIB ? at < 2 * GIB : at < start && start - at <= GIB + STEP;
}

static void check_map(void)
{
	char *mem[80];
	unsigned int near = 0;

	errno = 0;
	must(llext_posix_map(0) == NULL && errno == EINVAL);
	must(llext_posix_map(GIB + 1) == NULL && errno == ENOMEM);
	mem[0] = llext_posix_map(GIB);
	must(mem[0] != NULL && munmap(mem[0], GIB) == 0);
	mem[0] = llext_posix_map(1);
	must(mem[0] != NULL && munmap(mem[0], 1) == 0);
	/* Near as long as there is room, then anywhere. */
	for (size_t i = 0; i < 80; i++) {
		mem[i] = llext_posix_map(STEP);
		must(mem[i] != NULL && (uintptr_t)mem[i] % PAGE == 0);
		must(may(mem[i], "rw-p") && may(mem[i] + STEP - 1, "rw-p"));
		near += is_near(mem[i]);
		if (i < 50)
			must(near == i + 1);
	}
	for (size_t i = 0; i < 80; i++)
		must(munmap(mem[i], STEP) == 0);
	/* Where nothing is free nearby, and at last where nothing is free. */
	calls = 0;
	fails_at = 1;
	mem[0] = llext_posix_map(PAGE);
	must(mem[0] != NULL && munmap(mem[0], PAGE) == 0);
	fails_at = 0;
}

static void check_alias(void)
{
	struct llext_heap_area area = {0};
	int fd = free_descriptor(), rc = -1;
	char *load;

	mapped = 0;
	for (int i = 1; rc != 0; i++) {
		must(i < 10);
		calls = 0;
		fails_at = i;
		rc = llext_posix_map_alias(2 * PAGE, &area);
		/* The view has another place where its first choice fails. */
		must(rc == 0 || rc == -ENFILE);
		must(rc != 0 || i > 3);
		if (rc == 0 && calls >= fails_at) {
			llext_posix_unmap_alias(&area);
			rc = -1;
		}
		must(rc == 0 || mapped == 0);
		must(free_descriptor() == fd);
	}
	fails_at = 0;
	load = (char *)area.load;
	must(area.bytes == 2 * PAGE && area.mem != load && is_near(load));
	((char *)area.mem)[PAGE + 3] = 77;
	must(load[PAGE + 3] == 77);
	must(may(area.mem, "rw-s") && may(load, "rw-s"));
	llext_posix_unmap_alias(&area);
	must(may(area.mem, "") && may((char *)area.mem + PAGE, ""));
	must(may(load, "") && may(load + PAGE, "") && mapped == 0);
}

/* ---- threads ---- */

static void (*take)(void), (*give)(void);
static atomic_int taker;
static atomic_bool taken;

static void *take_it(void *arg)
{
	(void)arg;
	taker = (int)syscall(SYS_gettid);
	take();
	taken = true;
	give();
	return NULL;
}

/* The thread has come as far as it can: it sleeps, or has ended. */
static void await(int thread)
{
	char path[64], state = 'R';

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	while (state != 'S' && !taken) {
		FILE *file = fopen(path, "r");

		if (file == NULL)
			return;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 'R';
		(void)fclose(file);
	}
}

/* Another thread waits until the last of @times is given back. */
static void check_lock(void (*lock)(void), void (*unlock)(void), int times)
{
	pthread_t thread;

	take = lock;
	give = unlock;
	taker = 0;
	taken = false;
	for (int i = 0; i < times; i++)
		lock();
	must(pthread_create(&thread, NULL, take_it, NULL) == 0);
	while (taker == 0)
		;
	for (int i = 0; i < times; i++) {
		await(taker);
		must(!taken);
		unlock();
	}
	must(pthread_join(thread, NULL) == 0 && taken);
}

static void *own_things(void *arg)
{
	const void **things = arg;

	things[0] = llext_port.thread();
	things[1] = llext_port.diag();
	return NULL;
}

static void check_threads(void)
{
	const void *others[2], *mine[2];
	pthread_t thread;

	(void)own_things(mine);
	must(mine[0] != NULL && mine[1] != NULL && mine[0] == llext_port.thread());
	must(pthread_create(&thread, NULL, own_things, others) == 0);
	must(pthread_join(thread, NULL) == 0);
	must(mine[0] != others[0] && mine[1] != others[1]);
	must(llext_port.relax());
	check_lock(llext_port.lock, llext_port.unlock, 2);
	check_lock(llext_port.guard, llext_port.unguard, 1);
}

/* ---- messages ---- */

static void say(int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	llext_port.log(level, format, args);
	va_end(args);
}

static void check_log(void)
{
	char text[200] = "";
	FILE *file = tmpfile();
	int fd = dup(2);

	must(llext_posix_log_level == LLEXT_LOG_WRN && file != NULL && fd >= 0);
	must(dup2(fileno(file), 2) == 2);
	say(LLEXT_LOG_ERR, "%d", 1);
	say(LLEXT_LOG_WRN, "%d", 2);
	say(LLEXT_LOG_INF, "%d", 3);
	llext_posix_log_level = LLEXT_LOG_INF;
	say(LLEXT_LOG_INF, "%d", 4);
	say(LLEXT_LOG_DBG, "%d", 5);
	llext_posix_log_level = LLEXT_LOG_DBG;
	say(LLEXT_LOG_DBG, "%d", 6);
	must(dup2(fd, 2) == 2 && close(fd) == 0);
	rewind(file);
	must(fread(text, 1, sizeof(text) - 1, file) > 0 && fclose(file) == 0);
	must(strcmp(text, "llext error: 1\nllext warning: 2\nllext info: 4\n"
			  "llext debug: 6\n") == 0);
}

int main(void)
{
	const struct rlimit few = {32, 32};

	must(setrlimit(RLIMIT_NOFILE, &few) == 0 && close(0) == 0); /* 0 is a descriptor, too */
	for (int i = 0; i < 4; i++) { /* more files than there are, if they stay open */
		check_protect();
		check_in_place();
		check_claim();
		check_map();
		check_alias();
		check_threads();
	}
	check_log();
	puts("all is well");
	return 0;
}
