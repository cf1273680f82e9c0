/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User mode for a process on Linux: a child process per domain, in seccomp's strict mode, with
 * nothing mapped but the domain's memory at the addresses that it has here. Calls and gates are
 * bytes on a socket; while a gate runs, and outside calls, the child is stopped. Ticks are
 * milliseconds of the outermost call: there is no need to call llext_domain_tick().
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif
#include <llext/domain_port.h>
#include "domain_stub.h"
#include "llext_posix.h"

#if LLEXT_ON(CONFIG_USERSPACE) && defined(__x86_64__)

#define PAGE     ((uintptr_t)4096)
#define USER_END ((uintptr_t)0x7ffffffff000)
#define CHILD_FD 3
#define LIFE_FD  4

extern const uint8_t llext_stub_start[], llext_stub_end[], llext_stub_gate[], llext_stub_signal[];
uintptr_t llext_posix_invoke(const void *function, const uint64_t *words, double *fp,
			     uint64_t *second);

/* The port's words of a domain. */
enum { PID, SOCKET, STUB, LIFE };

const struct llext_domain_port llext_domain_port = {
	.unit = "child process",
	.parts = CONFIG_LLEXT_DOMAIN_PARTS,
	.slot_bytes = 32,
	.slot_align = 32,
	.frame_bytes = 256,
};

void *llext_posix_map_domain(size_t bytes)
{
	/* Where a heap would be, for code that reaches no farther (-fno-pic). */
	void *place = llext_posix_map(bytes), *mem;

	if (place == NULL)
		return NULL;
	mem = mmap(place, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0);
	if (mem != MAP_FAILED)
		return mem;
	(void)munmap(place, bytes);
	return NULL;
}

int llext_domain_port_open(void)
{
	return llext_stub_end - llext_stub_start <= STUB_PAGE ? 0 : -ENOTSUP;
}

void llext_domain_port_fit(size_t *bytes, size_t *align)
{
	*bytes = (*bytes + PAGE - 1) & ~(PAGE - 1);
	if (*align < PAGE)
		*align = PAGE;
}

/* A private mapping would be a copy in the child. */
int llext_domain_port_check(uintptr_t start, size_t bytes, enum llext_access access)
{
	FILE *maps;
	char line[512];
	uintptr_t at = start;

	(void)access;
	if (((start | bytes) & (PAGE - 1)) != 0 || start + bytes <= start)
		return -EINVAL;
	maps = fopen("/proc/self/maps", "re");
	if (maps == NULL)
		return -errno;
	while (at < start + bytes && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long low, high;
		char flags[5];

		if (sscanf(line, "%lx-%lx %4s", &low, &high, flags) != 3)
			continue;
		if (at >= low && at < high && flags[3] == 's')
			at = high;
	}
	(void)fclose(maps);
	return at >= start + bytes ? 0 : -EINVAL;
}

int llext_domain_port_parts(const struct k_mem_domain *domain)
{
	(void)domain;
	return 0;
}

/* The child, if there is one, would have to begin anew. */
int llext_domain_port_reload(const struct k_mem_domain *domain)
{
	return domain->port[PID] != 0 ? -EBUSY : 0;
}

void llext_domain_port_revoke(struct k_mem_domain *domain)
{
	(void)domain; /* whoever waits for the child sees that it is stopped */
}

static struct stub *stub_of(const struct k_mem_domain *domain)
{
	return (struct stub *)(domain->port[STUB] + STUB_SHARED);
}

/* ---- the child ---- */

static int map_stub(struct k_mem_domain *domain)
{
	uint8_t *mem;

	if (domain->port[STUB] != 0)
		return 0;
	mem = llext_posix_map_domain(STUB_PAGES * STUB_PAGE);
	if (mem == NULL)
		return -ENOMEM;
	memcpy(mem, llext_stub_start, (size_t)(llext_stub_end - llext_stub_start));
	domain->port[STUB] = (uintptr_t)mem;
	return 0;
}

static void end_child(struct k_mem_domain *domain, int *status)
{
	pid_t pid = (pid_t)domain->port[PID];

	if (pid == 0)
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	(void)close((int)domain->port[SOCKET]);
	(void)close((int)domain->port[LIFE]);
	domain->port[PID] = 0;
}

void llext_domain_port_drop(const struct k_mem_domain *domain)
{
	struct k_mem_domain *mine = (struct k_mem_domain *)(uintptr_t)domain;
	int status;

	end_child(mine, &status);
	if (mine->port[STUB] != 0 && mine->extensions == 0) {
		(void)munmap((void *)mine->port[STUB], STUB_PAGES * STUB_PAGE);
		mine->port[STUB] = 0;
	}
}

struct range {
	uintptr_t start, end;
};

static int compare(const void *a, const void *b)
{
	uintptr_t x = ((const struct range *)a)->start, y = ((const struct range *)b)->start;

	return x < y ? -1 : x > y;
}

/* What the child unmaps: all but what is the domain's, and the stub. */
static void find_gaps(const struct k_mem_domain *domain)
{
	struct stub *stub = stub_of(domain);
	struct range kept[CONFIG_LLEXT_DOMAIN_PARTS + 2];
	uintptr_t at = 0;
	size_t count = 0;

	kept[count++] =
		(struct range){domain->port[STUB], domain->port[STUB] + STUB_PAGES * STUB_PAGE};
	if ((uintptr_t)__llext_user_start != (uintptr_t)__llext_user_end)
		kept[count++] =
			(struct range){(uintptr_t)__llext_user_start, (uintptr_t)__llext_user_end};
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		kept[count++] = (struct range){part->start, part->start + part->bytes};
	}
	qsort(kept, count, sizeof(kept[0]), compare);
	stub->gap_count = 0;
	for (size_t i = 0; i <= count; i++) {
		uintptr_t end = i < count ? kept[i].start : USER_END;

		if (end > at) {
			stub->gaps[stub->gap_count].start = at;
			stub->gaps[stub->gap_count++].bytes = end - at;
		}
		at = i < count ? kept[i].end : at;
	}
}

struct kernel_sigaction {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

/* The kernel writes to the C library's area of restartable sequences, which is to be unmapped. */
static void forget_sequences(void)
{
#if __has_include(<sys/rseq.h>) && defined(SYS_rseq)
	unsigned int bytes = __rseq_size > 32 ? __rseq_size : 32;

	if (__rseq_size != 0)
		(void)syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, bytes,
			      RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}

/* Vector and floating-point registers get their first values; what follows uses none of them. */
static void forget_registers(void)
{
	static const uint8_t state[576] __attribute__((aligned(64))) = {
		0x7f, 0x03, [24] = 0x80, [25] = 0x1f}; /* FCW, MXCSR */
	unsigned int a, b, c = 0, d, low = 0, high = 0;

	(void)__get_cpuid(1, &a, &b, &c, &d);
	if ((c & bit_OSXSAVE) != 0) {
		__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
		__asm__ volatile("xrstor64 %0" ::"m"(state), "a"(low), "d"(high) : "memory");
	} else {
		__asm__ volatile("fxrstor64 %0" ::"m"(state) : "memory");
	}
}

/* Descriptors: its end of the socket, and that of the pipe whose other end is this process's. */
static bool keep_descriptors(int fd, int life)
{
	/* Neither is in the other one's place. */
	int high = fcntl(life, F_DUPFD, LIFE_FD + 1);
	bool ok = dup2(fd, CHILD_FD) == CHILD_FD && dup2(high, LIFE_FD) == LIFE_FD;

	for (int i = 0; i < CHILD_FD; i++)
		(void)close(i);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, LIFE_FD + 1, ~0u, 0) != 0)
#endif
		for (int i = LIFE_FD + 1; i < 65536; i++)
			(void)close(i);
	return ok;
}

/* Whatever the child does then, it ends when that other end is closed: with the firmware, too. */
static bool end_with_firmware(void)
{
	char byte;

	return fcntl(LIFE_FD, F_SETOWN, getpid()) == 0 && fcntl(LIFE_FD, F_SETSIG, SIGKILL) == 0 &&
	       fcntl(LIFE_FD, F_SETFL, O_ASYNC | O_NONBLOCK) == 0 && read(LIFE_FD, &byte, 1) < 0;
}

/* In the child: only what the kernel offers, for other threads' locks may be held. */
static _Noreturn void run_child(const struct k_mem_domain *domain, int fd, int life)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
	static const int rights[] = {
		[LLEXT_ACCESS_RW] = PROT_READ | PROT_WRITE,
		[LLEXT_ACCESS_RO] = PROT_READ,
		[LLEXT_ACCESS_RX] = PROT_READ | PROT_EXEC,
	};
	uintptr_t stub = domain->port[STUB];
	const stack_t stack = {.ss_sp = (void *)(stub + STUB_SIGNAL),
			       .ss_size = STUB_SIGNAL_END - STUB_SIGNAL};
	const struct kernel_sigaction action = {
		.handler = stub + (uintptr_t)(llext_stub_signal - llext_stub_start),
		.flags = SA_SIGINFO | SA_ONSTACK | 0x04000000 /* SA_RESTORER: not used */,
		.restorer = stub,
	};
	const struct rlimit no_core = {0, 0};
	uint64_t none = 0;
	bool ok = keep_descriptors(fd, life) && end_with_firmware();

	ok = ok && setrlimit(RLIMIT_CORE, &no_core) == 0;
	ok = ok && sigaltstack(&stack, NULL) == 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ok = ok && syscall(SYS_rt_sigaction, signals[i], &action, NULL, 8) == 0;
	ok = ok && syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8) == 0;
	forget_sequences();
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		ok = ok && mprotect((void *)part->start, part->bytes, rights[part->access]) == 0;
	}
	ok = ok && mprotect((void *)stub, STUB_PAGE, PROT_READ | PROT_EXEC) == 0;
	forget_registers();
	if (ok)
		((void (*)(void))stub)();
	_exit(1);
}

/* Two descriptors of the child's, then this process's. */
static int make_descriptors(int *fds)
{
	int life[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, life) != 0)
		return -errno;
	fds[0] = life[0];
	fds[2] = life[1];
	if (pipe2(life, O_CLOEXEC) != 0) {
		int rc = -errno;

		(void)close(fds[0]);
		(void)close(fds[2]);
		return rc;
	}
	fds[1] = life[0];
	fds[3] = life[1];
	return 0;
}

static int start_child(struct k_mem_domain *domain)
{
	int rc = map_stub(domain), fds[4] = {0};
	pid_t pid;

	if (rc == 0)
		rc = make_descriptors(fds);
	if (rc != 0)
		return rc;
	memset(stub_of(domain), 0, sizeof(struct stub));
	stub_of(domain)->fd = CHILD_FD;
	find_gaps(domain);
	pid = fork();
	if (pid == 0)
		run_child(domain, fds[0], fds[1]);
	if (pid < 0)
		rc = -errno;
	(void)close(fds[0]);
	(void)close(fds[1]);
	if (pid < 0) {
		(void)close(fds[2]);
		(void)close(fds[3]);
		return rc;
	}
	domain->port[PID] = (uintptr_t)pid;
	domain->port[SOCKET] = (uintptr_t)fds[2];
	domain->port[LIFE] = (uintptr_t)fds[3];
	return 0;
}

/* ---- words with it ---- */

/* A child that reads nothing must not make the firmware wait. */
static bool tell(const struct k_mem_domain *domain, uint8_t byte)
{
	return send((int)domain->port[SOCKET], &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static __thread uint64_t counted; /* time until which ticks were counted */

/* Whatever the child does in it, time passes. */
static void count_ticks(void)
{
	for (uint64_t now = milliseconds(); counted < now; counted++)
		llext_domain_tick();
}

static bool counts_ticks(const struct llext_domain_level *level)
{
	for (; level != NULL; level = level->outer) {
		if (level->ticks != 0)
			return true;
	}
	return false;
}

/* The child's next byte; 0: it has ended, or the domain has been stopped. */
static uint8_t hear(const struct k_mem_domain *domain)
{
	struct pollfd poll_fd = {.fd = (int)domain->port[SOCKET], .events = POLLIN};
	uint8_t byte;

	for (;;) {
		int rc;

		count_ticks();
		if (domain->stopped != 0)
			return 0;
		rc = poll(&poll_fd, 1, counts_ticks(llext_domain_running) ? 1 : -1);
		if (rc > 0)
			return read(poll_fd.fd, &byte, 1) == 1 ? byte : 0;
		if (rc < 0 && errno != EINTR)
			return 0;
	}
}

/* The child waits, but that is only its word: it must not change anything now. */
static bool hold(const struct k_mem_domain *domain)
{
	pid_t pid = (pid_t)domain->port[PID];
	siginfo_t info;

	if (kill(pid, SIGSTOP) != 0)
		return false;
	while (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT) < 0) {
		if (errno != EINTR)
			return false;
	}
	return info.si_code == CLD_STOPPED;
}

/* ---- what the child has done wrong ---- */

static enum llext_domain_cause cause_of(const struct stub *stub, int status)
{
	uint64_t error = stub->registers[2];

	switch (stub->signo) {
	case 0: /* killed: a system call that it may not make */
		return WIFSIGNALED(status) ? LLEXT_DOMAIN_INSTRUCTION : LLEXT_DOMAIN_OTHER;
	case SIGSEGV:
	case SIGBUS:
		return error & 16  ? LLEXT_DOMAIN_EXECUTE
		       : error & 2 ? LLEXT_DOMAIN_WRITE
				   : LLEXT_DOMAIN_READ;
	case SIGILL:
	case SIGTRAP:
		return LLEXT_DOMAIN_INSTRUCTION;
	default:
		return LLEXT_DOMAIN_OTHER;
	}
}

/* It has ended, or is to be ended. */
static void give_up(struct llext_domain_level *level)
{
	struct k_mem_domain *domain = level->domain;
	const struct stub *stub = stub_of(domain);
	struct llext_domain_fault *fault;
	int status = 0;
	bool faulted = domain->stopped == 0 && domain->port[PID] != 0;

	end_child(domain, &status);
	fault = llext_domain_abandon(level, faulted ? cause_of(stub, status) : LLEXT_DOMAIN_OTHER);
	if (fault == NULL || !faulted)
		return;
	fault->status = (uintptr_t)status;
	if (stub->signo == 0)
		return;
	fault->has_address = stub->signo == SIGSEGV || stub->signo == SIGBUS;
	fault->address = stub->address;
	fault->pc = stub->registers[0];
	fault->sp = stub->registers[1];
	for (size_t i = 0; i < 4; i++)
		fault->reg[i] = stub->registers[3 + i];
	if (fault->sp - domain->way.stack <= llext_domain_stack_bytes(domain) - sizeof(fault->lr))
		memcpy(&fault->lr, (const void *)fault->sp, sizeof(fault->lr));
}

/* ---- gates ---- */

void llext_domain_port_resume(const struct k_mem_domain *domain)
{
	(void)domain; /* each has its own process */
}

void llext_domain_port_way(struct k_mem_domain *domain, uintptr_t gates, size_t gates_bytes)
{
	(void)domain;
	(void)gates;
	(void)gates_bytes;
}

void llext_domain_port_slot(uint8_t *mem, uintptr_t at, const struct llext_gate *gate)
{
	static const uint8_t code[] = {
		0x4c, 0x8d, 0x1d, 0xf9, 0xff, 0xff, 0xff, /* lea r11, [rip - 7]: the slot */
		0xff, 0x25, 0x03, 0x00, 0x00, 0x00,       /* jmp [rip + 3]: the word at 16 */
		0xcc, 0xcc, 0xcc,
	};

	(void)gate;
	(void)at;
	memcpy(mem, code, sizeof(code));
}

bool llext_domain_port_jump(uint8_t *mem, uintptr_t at, const void *function)
{
	static const uint8_t code[] = {0xff, 0x25, 0x0a, 0x00, 0x00, 0x00}; /* jmp [rip + 10] */

	(void)at;
	memset(mem, 0xcc, 16);
	memcpy(mem, code, sizeof(code));
	memcpy(mem + 16, &function, sizeof(function));
	return true;
}

/* The stub may lie elsewhere each time: the slots of all extensions are told. */
static int tell_slots(struct llext *ext, void *arg)
{
	const struct k_mem_domain *domain = arg;
	uintptr_t gate = domain->port[STUB] + (uintptr_t)(llext_stub_gate - llext_stub_start), slot;
	size_t bytes;

	slot = llext_domain_slots(ext, domain, &bytes);
	for (size_t i = 0; i < bytes; i += llext_domain_port.slot_bytes)
		memcpy((void *)(slot + i + 16), &gate, sizeof(gate));
	return 0;
}

/* @return false: the domain is to be given up, and the fault has been recorded. */
static bool run_gate(struct llext_domain_level *level)
{
	struct k_mem_domain *domain = level->domain;
	struct stub *stub = stub_of(domain);
	uint64_t words[LLEXT_GATE_WORDS], second = 0;
	uintptr_t slot, sp, first;
	const struct llext_gate *gate;
	double fp[8];

	memcpy(words, stub->words, sizeof(words));
	memcpy(fp, stub->fp, sizeof(fp));
	slot = stub->slot;
	sp = stub->gate_sp;
	gate = llext_domain_gate_at(domain, slot);
	if (gate == LLEXT_DOMAIN_END) /* there a call ends by itself */
		gate = NULL;
	if (gate == NULL || sp - domain->way.stack > llext_domain_stack_bytes(domain) ||
	    sp - domain->way.stack < STUB_WAITS) {
		struct llext_domain_fault *fault = llext_domain_abandon(
			level, gate == NULL ? LLEXT_DOMAIN_GATE : LLEXT_DOMAIN_STACK);

		if (fault != NULL) {
			fault->pc = slot;
			fault->sp = sp;
		}
		return false;
	}
	if (!llext_domain_admit(level, gate, (uintptr_t *)words, slot, sp))
		return false;
	level->way.sp = sp - STUB_WAITS;
	level->gate = gate;
	first = llext_posix_invoke(gate->function, words, fp, &second);
	level->gate = NULL;
	if (domain->stopped != 0) {
		level->rc = domain->stopped;
		return false;
	}
	if (gate->result != LLEXT_NARROW_NONE) /* a float is half of it */
		memset((char *)fp + sizeof(float), 0, sizeof(float));
	stub->out[0] =
		gate->flags & LLEXT_GATE_RETURNS_WORDS ? llext_gate_extend(first, gate->result) : 0;
	stub->out[1] = (gate->flags & LLEXT_GATE_RETURNS_WORDS) > 1 ? second : 0;
	stub->out_fp = gate->flags & LLEXT_GATE_RETURNS_FP ? fp[0] : 0;
	return true;
}

/* ---- calls ---- */

static int prepare(struct k_mem_domain *domain)
{
	int rc;

	if (domain->port[PID] != 0)
		return 0;
	for (unsigned int i = 0; i < domain->part_count; i++) {
		const struct llext_domain_part *part = llext_domain_part(domain, i);

		if (llext_domain_port_check(part->start, part->bytes, part->access) != 0)
			return -EINVAL; /* not from llext_posix_map_domain() */
	}
	rc = map_stub(domain);
	if (rc != 0)
		return rc;
	(void)llext_iterate(tell_slots, domain);
	return start_child(domain);
}

static void ask(const struct llext_domain_level *level)
{
	static const struct llext_domain_args none;
	const struct llext_domain_args *args = level->args != NULL ? level->args : &none;
	struct stub *stub = stub_of(level->domain);

	stub->function = level->pc;
	stub->sp = level->way.sp;
	memcpy(stub->words, args->word, sizeof(stub->words));
	memset(stub->fp, 0, sizeof(stub->fp));
	if (args->fp != NULL)
		memcpy(stub->fp, args->fp->d, sizeof(stub->fp));
}

int llext_domain_port_call(struct llext_domain_level *level)
{
	struct k_mem_domain *domain = level->domain;
	const struct stub *stub;
	uint8_t byte = STUB_CALL, heard;
	int rc = prepare(domain);

	if (rc != 0)
		return rc;
	stub = stub_of(domain);
	ask(level);
	if (!counts_ticks(level->outer))
		counted = milliseconds();
	(void)kill((pid_t)domain->port[PID], SIGCONT);
	for (;;) {
		heard = tell(domain, byte) ? hear(domain) : 0;
		if (heard == STUB_END && hold(domain)) {
			level->result[0] = stub->out[0];
			level->result[1] = stub->out[1];
			memcpy(&level->fp_result, &stub->out_fp, sizeof(level->fp_result));
			return 0;
		}
		if (heard != STUB_GATE || !hold(domain)) {
			give_up(level);
			return level->rc;
		}
		if (!run_gate(level)) {
			int status;

			end_child(domain, &status);
			return level->rc;
		}
		byte = STUB_RESULT;
		(void)kill((pid_t)domain->port[PID], SIGCONT);
	}
}

#endif
