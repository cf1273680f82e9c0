/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode on Linux without the library around it: which memory a domain can have, and what the
 * child process is like that it runs in. The system's calls can be made to fail, by --wrap.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <llext/domain_port.h>
#include "../common/must.h"
#include "llext_posix.h"

#define PAGE ((size_t)4096)

enum { PID, SOCKET, STUB }; /* the port's words of a domain */

extern char __llext_user_start[], __llext_user_end[];

/* ---- the system ---- */

void *__real_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset);
int __real_socketpair(int domain, int type, int protocol, int fds[2]);
int __wrap_socketpair(int domain, int type, int protocol, int fds[2]);
int __real_pipe2(int fds[2], int flags);
int __wrap_pipe2(int fds[2], int flags);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

static bool no_memory, no_sockets, no_pipes, no_processes, no_ranges;

void *__wrap_mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	errno = ENOMEM;
	return no_memory ? MAP_FAILED : __real_mmap(at, bytes, rights, flags, fd, offset);
}

int __wrap_socketpair(int domain, int type, int protocol, int fds[2])
{
	errno = EMFILE;
	return no_sockets ? -1 : __real_socketpair(domain, type, protocol, fds);
}

int __wrap_pipe2(int fds[2], int flags)
{
	errno = ENFILE;
	return no_pipes ? -1 : __real_pipe2(fds, flags);
}

pid_t __wrap_fork(void)
{
	errno = EAGAIN;
	return no_processes ? -1 : __real_fork();
}

static struct timespec first_time, time_later; /* what the clock shows when it is asked again */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = first_time;
	first_time = time_later;
	return 0;
}

/* A kernel before Linux 5.9 cannot close a range of descriptors. */
long __wrap_syscall(long number, ...)
{
	long args[4];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 4; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (no_ranges && number == SYS_close_range)
		return -1;
	return __real_syscall(number, args[0], args[1], args[2], args[3]);
}

static int free_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY);

	must(fd >= 0 && close(fd) == 0);
	return fd;
}

/* ---- memory ---- */

static void check_fit(void)
{
	static const size_t cases[][4] = {
		{1, 1, PAGE, PAGE},
		{PAGE - 1, 8, PAGE, PAGE},
		{PAGE, PAGE, PAGE, PAGE},
		{PAGE + 1, 2 * PAGE, 2 * PAGE, 2 * PAGE},
		{2 * PAGE, 16, 2 * PAGE, PAGE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t bytes = cases[i][0], align = cases[i][1];

		llext_domain_port_fit(&bytes, &align);
		must(bytes == cases[i][2] && align == cases[i][3]);
	}
}

static int fence(uintptr_t start, size_t bytes)
{
	return llext_domain_port_check(start, bytes, LLEXT_ACCESS_RW);
}

/* Whole pages, all of which the child shares. */
static void check_memory(void)
{
	char *mem = llext_posix_map_domain(4 * PAGE);
	uintptr_t start = (uintptr_t)mem;
	int fd = free_descriptor();

	must(mem != NULL && start % PAGE == 0);
	must(fence(start, 4 * PAGE) == 0 && fence(start + PAGE, PAGE) == 0);
	must(fence(start, 0) == -EINVAL);
	must(fence(start + 1, PAGE) == -EINVAL && fence(start + PAGE / 2, PAGE) == -EINVAL);
	must(fence(start, PAGE + 1) == -EINVAL && fence(start, PAGE / 2) == -EINVAL);
	must(fence(-PAGE, PAGE) == -EINVAL && fence(-PAGE, 2 * PAGE) == -EINVAL);
	/* Several mappings are as good as one, if all are shared. */
	must(mprotect(mem + PAGE, PAGE, PROT_READ) == 0);
	must(fence(start, 4 * PAGE) == 0);
	must(__real_mmap(mem + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == mem + 2 * PAGE);
	must(fence(start, 2 * PAGE) == 0 && fence(start + 3 * PAGE, PAGE) == 0);
	must(fence(start + 2 * PAGE, PAGE) == -EINVAL && fence(start, 4 * PAGE) == -EINVAL);
	must(fence(start + PAGE, 2 * PAGE) == -EINVAL);
	must(munmap(mem + 2 * PAGE, PAGE) == 0);
	must(fence(start + 2 * PAGE, PAGE) == -EINVAL && fence(start, 4 * PAGE) == -EINVAL);
	must(munmap(mem, 4 * PAGE) == 0 && free_descriptor() == fd);
	no_memory = true;
	must(llext_posix_map_domain(PAGE) == NULL);
	no_memory = false;
}

__attribute__((section(".llext_user.text"), used)) static void for_all(void)
{
}

static void check_text_of_all(void)
{
	uintptr_t start = (uintptr_t)__llext_user_start, end = (uintptr_t)__llext_user_end;

	must((uintptr_t)for_all >= start && (uintptr_t)for_all < end);
}

/* No byte beside those that are a slot's. */
static void check_slots(void)
{
	const void *function = (const void *)(uintptr_t)0x123456789abcdef0;
	uint8_t mem[40];

	memset(mem, 1, sizeof(mem));
	must(llext_domain_port_jump(mem, 0, function));
	must(mem[0] == 0xff && mem[1] == 0x25 && mem[2] == 10); /* jmp [rip + 10] */
	for (size_t i = 6; i < 16; i++)
		must(mem[i] == 0xcc);
	must(memcmp(mem + 16, &function, sizeof(function)) == 0 && mem[24] == 1);
	memset(mem, 1, sizeof(mem));
	llext_domain_port_slot(mem, 0, NULL);
	must(mem[15] == 0xcc && mem[16] == 1);
	must(llext_domain_port.slot_bytes >= 24 + sizeof(uintptr_t));
}

/* ---- a domain of four pages in a row: code, constants, data, stack ---- */

static char *memory;
static struct llext_domain_more more;

static void make_domain(struct k_mem_domain *domain)
{
	static const uint8_t code[] = {0x48, 0x8d, 0x47, 0x01, 0xc3}; /* lea rax, [rdi + 1]; ret */
	static const struct llext_domain_config config = {.more = &more};
	static const enum llext_access rights[] = {LLEXT_ACCESS_RX, LLEXT_ACCESS_RO,
						   LLEXT_ACCESS_RW, LLEXT_ACCESS_RW};

	memory = llext_posix_map_domain(4 * PAGE);
	must(memory != NULL);
	memcpy(memory, code, sizeof(code));
	memset(domain, 0, sizeof(*domain));
	domain->config = &config;
	domain->part_count = 4;
	for (unsigned int i = 0; i < 4; i++) {
		struct llext_domain_part *part = llext_domain_part(domain, i);

		part->start = (uintptr_t)memory + i * PAGE;
		part->bytes = PAGE;
		part->access = rights[i];
	}
	domain->way.stack = (uintptr_t)memory + 3 * PAGE;
	domain->way.stack_limit = PAGE - LLEXT_DOMAIN_FRAME;
}

static int call(struct k_mem_domain *domain, uintptr_t word)
{
	struct llext_domain_args args = {.word = {word, 101, 102, 103}};
	struct llext_domain_level level = {.domain = domain,
					   .pc = (uintptr_t)memory,
					   .args = &args,
					   .way.sp = domain->way.stack + PAGE - 256};
	int rc = llext_domain_port_call(&level);

	must(rc != 0 || level.result[0] == word + 1);
	return rc;
}

/* ---- its process ---- */

static FILE *of_child(const struct k_mem_domain *domain, const char *what)
{
	char path[64];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)domain->port[PID], what);
	file = fopen(path, "r");
	must(file != NULL);
	return file;
}

/* The line that begins so, without that. */
static const char *line_of(const struct k_mem_domain *domain, const char *what, const char *begin)
{
	static char line[200];
	FILE *file = of_child(domain, what);
	bool found = false;

	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strncmp(line, begin, strlen(begin)) == 0;
	(void)fclose(file);
	must(found);
	return line + strlen(begin);
}

static void check_descriptors(const struct k_mem_domain *domain)
{
	char path[64];
	const struct dirent *entry;
	int count = 0;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)domain->port[PID]);
	folder = opendir(path);
	must(folder != NULL);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.') {
			must(strcmp(entry->d_name, "3") == 0 || strcmp(entry->d_name, "4") == 0);
			count++;
		}
	}
	(void)closedir(folder);
	must(count == 2);
}

/* What may be where: the parts as they are, the text of all, and the port's own pages. */
static void check_maps(const struct k_mem_domain *domain)
{
	static const char *const rights[] = {"r-xs", "r--s", "rw-s", "rw-s"};
	uintptr_t user = (uintptr_t)__llext_user_start, end = (uintptr_t)__llext_user_end;
	FILE *maps = of_child(domain, "maps");
	size_t seen = 0;
	char line[600];

	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long low, high;
		char flags[5];

		must(sscanf(line, "%lx-%lx %4s", &low, &high, flags) == 3);
		for (size_t i = 0; i < 4; i++) {
			uintptr_t part = (uintptr_t)memory + i * PAGE;

			if (part < low || part >= high)
				continue;
			must(strcmp(flags, rights[i]) == 0);
			must(low >= (uintptr_t)memory && high <= (uintptr_t)memory + 4 * PAGE);
			seen++;
		}
		if (low < (uintptr_t)memory + 4 * PAGE && high > (uintptr_t)memory)
			continue;
		if (low < domain->port[STUB] + 8 * PAGE && high > domain->port[STUB]) {
			must(low >= domain->port[STUB] && high <= domain->port[STUB] + 8 * PAGE);
			must(strcmp(flags, low == domain->port[STUB] ? "r-xs" : "rw-s") == 0);
			continue;
		}
		must((low >= user && high <= end) || strstr(line, "[vsyscall]") != NULL);
	}
	(void)fclose(maps);
	must(seen == 4);
}

static void check_child(const struct k_mem_domain *domain)
{
	check_descriptors(domain);
	check_maps(domain);
	must(strtoull(line_of(domain, "status", "SigBlk:"), NULL, 16) == 0);
	must(atoi(line_of(domain, "status", "Seccomp:")) == 1);
	must(strchr(line_of(domain, "status", "State:"), 'T') != NULL); /* nothing runs */
	must(atoi(line_of(domain, "limits", "Max core file size")) == 0);
	/* The domain's own faults come to the port, not to the firmware's handlers. */
	must((strtoull(line_of(domain, "status", "SigCgt:"), NULL, 16) &
	      (1u << (SIGSEGV - 1) | 1u << (SIGBUS - 1) | 1u << (SIGILL - 1) | 1u << (SIGFPE - 1) |
	       1u << (SIGTRAP - 1) | 1u << (SIGSYS - 1))) ==
	     (1u << (SIGSEGV - 1) | 1u << (SIGBUS - 1) | 1u << (SIGILL - 1) | 1u << (SIGFPE - 1) |
	      1u << (SIGTRAP - 1) | 1u << (SIGSYS - 1)));
}

static void check_process(void)
{
	const struct rlimit cores = {RLIM_INFINITY, RLIM_INFINITY};
	struct k_mem_domain domain;
	int fd = free_descriptor(), many[3];
	sigset_t all;
	pid_t pid;

	make_domain(&domain);
	/* What it must not inherit. */
	(void)setrlimit(RLIMIT_CORE, &cores);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	many[0] = open("/dev/null", O_RDONLY);
	many[1] = dup2(many[0], 4);
	many[2] = dup2(many[0], 300);
	must(call(&domain, 41) == 0);
	check_child(&domain);
	pid = (pid_t)domain.port[PID];
	must(call(&domain, 7) == 0 && pid == (pid_t)domain.port[PID]); /* the same goes on */
	must(llext_domain_port_reload(&domain) == -EBUSY);             /* with the parts it has */
	/* While it has extensions, its pages are kept for the next process. */
	domain.extensions = 1;
	llext_domain_port_drop(&domain);
	must(kill(pid, 0) != 0 && errno == ESRCH);
	must(domain.port[PID] == 0 && domain.port[STUB] != 0);
	must(call(&domain, 1) == 0);
	pid = (pid_t)domain.port[PID];
	domain.extensions = 0;
	llext_domain_port_drop(&domain);
	must(kill(pid, 0) != 0 && errno == ESRCH);
	must(domain.port[PID] == 0 && domain.port[STUB] == 0);
	llext_domain_port_drop(&domain);
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
	for (size_t i = 0; i < 3; i++)
		(void)close(many[i]);
	must(free_descriptor() == fd);
	must(munmap(memory, 4 * PAGE) == 0);
}

/* The firmware is killed while the child runs, or waits. Then it ends, too: as this process's. */
static void check_orphans(bool loops)
{
	static const uint8_t says[] = {0xc6, 0x07, 1}; /* mov byte [rdi], 1 */
	static const uint8_t loop[] = {0xeb, 0xfe};    /* jmp $ */
	struct k_mem_domain domain;
	volatile char *said;
	pid_t firmware;
	int status;

	make_domain(&domain);
	said = memory + 2 * PAGE;
	memmove(memory + sizeof(says), memory, PAGE / 2);
	memcpy(memory, says, sizeof(says));
	if (loops)
		memcpy(memory + sizeof(says), loop, sizeof(loop));
	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	firmware = __real_fork();
	must(firmware >= 0);
	if (firmware == 0) {
		(void)call(&domain, (uintptr_t)said);
		*said = 2;
		(void)pause();
	}
	for (int i = 0; i < 10000 && *said != (loops ? 1 : 2); i++)
		(void)usleep(1000);
	must(*said == (loops ? 1 : 2));
	must(kill(firmware, SIGKILL) == 0 && waitpid(firmware, &status, 0) == firmware);
	(void)alarm(10);
	must(waitpid(-1, &status, 0) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	(void)alarm(0);
	must(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0 && munmap(memory, 4 * PAGE) == 0);
}

/* What it did is known from its signal, or from how it ended; and nothing of the fault before. */
static void check_faults(void)
{
	static const struct {
		uint8_t code[8];
		enum llext_domain_cause cause;
		bool has_address;
		unsigned int pc;
	} cases[] = {
		{{0x48, 0x8b, 0x07, 0xc3}, LLEXT_DOMAIN_READ, true, 0},  /* mov rax, [rdi] */
		{{0x48, 0x89, 0x07, 0xc3}, LLEXT_DOMAIN_WRITE, true, 0}, /* mov [rdi], rax */
		/* mov eax, 39; syscall: getpid() */
		{{0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3}, LLEXT_DOMAIN_INSTRUCTION, false, 0},
		{{0xff, 0xe7}, LLEXT_DOMAIN_EXECUTE, true, (unsigned int)-1}, /* jmp rdi */
		{{0x0f, 0x0b}, LLEXT_DOMAIN_INSTRUCTION, false, 0},           /* ud2 */
		{{0x90, 0xcc}, LLEXT_DOMAIN_INSTRUCTION, false, 2},           /* int3 */
		{{0x31, 0xc9, 0xf7, 0xf1}, LLEXT_DOMAIN_OTHER, false, 2},     /* div by 0 */
	};
	struct llext_domain_fault fault;
	const struct llext_domain_config config = {.fault = &fault, .more = &more};
	struct k_mem_domain domain;
	int fd = free_descriptor();
	uint8_t good[8];

	make_domain(&domain);
	domain.config = &config;
	memcpy(good, memory, sizeof(good));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* Where nothing is, and where it may not write. */
		uintptr_t at = i == 1 ? (uintptr_t)memory + PAGE : 0x4321000;

		memcpy(memory, cases[i].code, sizeof(cases[i].code));
		memset(&fault, 1, sizeof(fault));
		must(call(&domain, at) == -EFAULT && domain.stopped == -EFAULT);
		must(fault.cause == cases[i].cause);
		must(fault.has_address == cases[i].has_address);
		if (fault.has_address)
			must(fault.address == at);
		if (i == 2) { /* there was no signal that tells more */
			must(fault.pc == 0 && fault.sp == 0 && fault.reg[0] == 0);
		} else {
			must(fault.pc == (cases[i].pc == (unsigned int)-1
						  ? at
						  : (uintptr_t)memory + cases[i].pc));
			must(fault.sp < domain.way.stack + PAGE - 256 &&
			     fault.sp >= domain.way.stack + PAGE - 512);
			must(fault.lr == *(const uintptr_t *)fault.sp);
			must(fault.reg[0] == at && fault.reg[1] == 101 && fault.reg[2] == 102);
			must(fault.reg[3] == (i == 6 ? 0 : 103)); /* the divisor */
		}
		must(domain.port[PID] == 0 && free_descriptor() == fd);
		domain.stopped = 0;
		memcpy(memory, good, sizeof(good));
		must(call(&domain, 3) == 0);
	}
	llext_domain_port_drop(&domain);
	must(munmap(memory, 4 * PAGE) == 0);
}

/* A register that nobody fills in says nothing of the call before. */
static void check_registers(void)
{
	static const uint8_t code[] = {0x66, 0x48, 0x0f,
				       0x7e, 0xf8, 0xc3}; /* movq rax, xmm7; ret */
	union llext_domain_fp fp = {.d = {1, 2, 3, 4, 5, 6, 7, 8}};
	struct llext_domain_args args = {.word = {0}, .fp = &fp};
	struct k_mem_domain domain;
	uint64_t eight;

	make_domain(&domain);
	memcpy(memory, code, sizeof(code));
	memcpy(&eight, &fp.d[7], sizeof(eight));
	for (int i = 0; i < 3; i++) {
		struct llext_domain_level level = {.domain = &domain,
						   .pc = (uintptr_t)memory,
						   .args = i == 2 ? NULL : &args,
						   .way.sp = domain.way.stack + PAGE - 256};

		must(llext_domain_port_call(&level) == 0);
		must(level.result[0] == (i == 0 ? eight : 0));
		args.fp = NULL;
	}
	llext_domain_port_drop(&domain);
	must(munmap(memory, 4 * PAGE) == 0);
}

/* A tick is a millisecond. */
static void check_ticks(void)
{
	static const struct {
		struct timespec start, end;
		uint32_t ticks;
	} cases[] = {
		{{10, 999000000}, {11, 0}, 1},  {{10, 999999999}, {11, 0}, 1},
		{{10, 0}, {10, 999999}, 0},     {{10, 5000000}, {10, 8000000}, 3},
		{{10, 0}, {12, 1000000}, 2001},
	};
	struct k_mem_domain domain;

	make_domain(&domain);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct llext_domain_level level = {.domain = &domain,
						   .pc = (uintptr_t)memory,
						   .way.sp = domain.way.stack + PAGE - 256,
						   .ticks = 5000};

		must(call(&domain, 1) == 0);
		first_time = cases[i].start;
		time_later = cases[i].end;
		llext_domain_running = &level;
		must(llext_domain_port_call(&level) == 0);
		llext_domain_running = NULL;
		must(level.ticks == 5000 - cases[i].ticks);
	}
	llext_domain_port_drop(&domain);
	must(munmap(memory, 4 * PAGE) == 0);
}

/* Whatever fails, it is said, and nothing stays open. */
static void check_failures(void)
{
	struct k_mem_domain domain;
	int fd = free_descriptor();

	make_domain(&domain);
	no_memory = true;
	must(call(&domain, 1) == -ENOMEM);
	no_memory = false;
	no_sockets = true;
	must(call(&domain, 1) == -EMFILE);
	no_sockets = false;
	no_pipes = true;
	must(call(&domain, 1) == -ENFILE);
	no_pipes = false;
	no_processes = true;
	must(call(&domain, 1) == -EAGAIN);
	no_processes = false;
	must(domain.port[PID] == 0 && free_descriptor() == fd);
	must(call(&domain, 1) == 0);
	llext_domain_port_drop(&domain);
	must(free_descriptor() == fd);
	/* Its last part would be the child's own. */
	must(__real_mmap(memory + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == memory + 3 * PAGE);
	must(call(&domain, 1) == -EINVAL && domain.port[PID] == 0);
	must(munmap(memory, 4 * PAGE) == 0);
}

int main(void)
{
	must(llext_domain_port_open() == 0);
	must(llext_domain_port_parts(NULL) == 0);
	check_fit();
	check_memory();
	check_text_of_all();
	check_slots();
	check_process();
	no_ranges = true;
	check_process();
	no_ranges = false;
	check_orphans(false);
	check_orphans(true);
	check_faults();
	check_registers();
	check_ticks();
	check_failures();
	puts("all is well");
	return 0;
}
