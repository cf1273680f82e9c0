/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crash inside an extension: say where, in the extension's own words, and end. The handler runs
 * on a stack of its own and takes no lock that the interrupted code may hold, except in the
 * unwinder, for which an alarm is set.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include "crash.h"
#include "instruction.h"

#define MOST_FRAMES  16
#define MOST_REPEATS 1000000 /* of a function that calls itself */

static const struct crash_site *sites;
static const size_t *site_count;
static unsigned int time_limit;
static volatile sig_atomic_t reported;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
	char line[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 1)
		length = (int)sizeof(line) - 1;
	for (int i = 0; i < length; i++) { /* names are the file's, and may hold anything */
		if ((line[i] < ' ' || line[i] > '~') && line[i] != '\n')
			line[i] = '?';
	}
	if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
		return; /* nobody listens */
}

/* What the extension printed last is still in the buffer of the C library. */
static void flush_output(void)
{
	const char *at = stdout->_IO_write_base;

	while (at != NULL && at < stdout->_IO_write_ptr) {
		ssize_t done = write(STDOUT_FILENO, at, (size_t)(stdout->_IO_write_ptr - at));

		if (done <= 0)
			return;
		at += done;
	}
}

static const struct crash_site *find_site(uint64_t address)
{
	for (size_t i = 0; i < *site_count; i++) {
		if (address_section(sites[i].map, address) != NULL)
			return &sites[i];
	}
	return NULL;
}

bool crash_put_place(const char *before, uint64_t address)
{
	const struct crash_site *site = find_site(address);
	const struct place *section, *symbol;

	if (site == NULL)
		return false;
	section = address_section(site->map, address);
	symbol = address_symbol(site->map, address);
	put("%sextension %s, section %s + 0x%" PRIx64, before, site->name, section->name,
	    address - section->low);
	if (symbol != NULL)
		put(" (%s + 0x%" PRIx64 ")", symbol->name, address - symbol->low);
	put("\n");
	return true;
}

void crash_put_instruction(uint64_t address)
{
	const struct crash_site *site = find_site(address);
	const struct place *section;
	struct section_header header;
	const char *hint = NULL;
	uint64_t offset;

	if (site == NULL)
		return;
	section = address_section(site->map, address);
	offset = address - section->low;
	if (file_section(site->file, section->section, &header) && header.bytes != NULL &&
	    offset < header.size)
		hint = instruction_hint(site->file->machine, header.bytes + offset,
					(size_t)(header.size - offset));
	if (hint != NULL)
		put("  hint: %s\n", hint);
}

/* For a person, not for a pipe, which may well lead there. */
static void put_way_to_lines(void)
{
	bool found = false;

	for (size_t i = 0; i < *site_count && !found; i++)
		found = file_find_section(sites[i].file, ".debug_line") != 0;
	if (found && isatty(STDERR_FILENO))
		put("  files and lines: the same command with 2>&1 | tenon symbolize\n");
}

void crash_put_hints(void)
{
	for (size_t i = 0; i < *site_count; i++) {
		const char *at = sites[i].hints;

		for (size_t length; at != NULL && *at != '\0'; at += length) {
			length = strcspn(at, "\n");
			length += at[length] == '\n';
			put("%.*s", (int)length, at);
		}
	}
	put_way_to_lines();
}

bool crash_same_function(uint64_t a, uint64_t b)
{
	const struct crash_site *one = find_site(a), *other = find_site(b);

	return one != NULL && one == other &&
	       address_symbol(one->map, a) == address_symbol(one->map, b);
}

bool crash_is_function(uint64_t address)
{
	const struct crash_site *site = find_site(address);
	const struct place *symbol = site != NULL ? address_symbol(site->map, address) : NULL;

	return symbol != NULL && symbol->type == STT_FUNC && symbol->low == address;
}

struct walk {
	size_t frames;
	uintptr_t skip; /* already reported */
	uintptr_t last; /* where the frame before this one is ... */
	size_t repeats; /* ... and so many that are alike were not printed */
};

static void put_repeats(struct walk *walk)
{
	if (walk->repeats > 0)
		put("    and again, %zu time%s\n", walk->repeats, walk->repeats == 1 ? "" : "s");
	walk->repeats = 0;
}

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *opaque)
{
	struct walk *walk = opaque;
	int before = 0;
	uintptr_t ip = _Unwind_GetIPInfo(context, &before);

	if (ip != 0 && ip == walk->last && walk->repeats < MOST_REPEATS) {
		walk->repeats++;
		return _URC_NO_REASON;
	}
	put_repeats(walk);
	walk->last = ip;
	/* A return address is behind the call, which may be a function's last instruction. */
	if (walk->frames < MOST_FRAMES && ip != 0 && ip != walk->skip &&
	    crash_put_place("  called from ", ip - !before))
		walk->frames++;
	return walk->frames < MOST_FRAMES ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

static const char *signal_text(int number)
{
	switch (number) {
	case SIGSEGV:
		return "SIGSEGV, invalid memory access";
	case SIGBUS:
		return "SIGBUS, invalid memory access";
	case SIGILL:
		return "SIGILL, illegal instruction";
	case SIGFPE:
		return "SIGFPE, arithmetic error such as division by zero";
	default:
		return "SIGABRT, abort";
	}
}

/* A call to nowhere: the address to return to is on top of the stack. */
static void put_caller(uintptr_t stack)
{
	uintptr_t caller = 0;
	struct iovec here = {&caller, sizeof(caller)}, there = {(void *)stack, sizeof(caller)};

	if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)sizeof(caller))
		(void)crash_put_place("  called from ", caller - 1);
}

static int exit_code(void)
{
	return reported == SIGALRM ? EXIT_TIMEOUT : EXIT_CRASH + (int)reported;
}

static void give_up(int number)
{
	(void)number;
	_exit(exit_code());
}

static void on_crash(int number, siginfo_t *info, void *context)
{
	const ucontext_t *state = context;
	uintptr_t pc = 0, stack = 0;
	struct walk walk = {0};

#if defined(__x86_64__)
	pc = (uintptr_t)state->uc_mcontext.gregs[REG_RIP];
	stack = (uintptr_t)state->uc_mcontext.gregs[REG_RSP];
#else
	(void)state;
#endif
	if (reported != 0) /* crashed while reporting */
		_exit(exit_code());
	reported = number;
	(void)signal(SIGALRM, give_up);
	(void)alarm(5);
	flush_output();
	if (number == SIGALRM)
		put("tenon: no end after %u seconds (--timeout)", time_limit);
	else
		put("tenon: crash: %s", signal_text(number));
	if (number == SIGSEGV || number == SIGBUS)
		put(", at address 0x%" PRIxPTR, (uintptr_t)info->si_addr);
	put("\n");
	if (crash_put_place("  in ", pc)) {
		walk.skip = pc;
	} else if (number == SIGSEGV && pc == (uintptr_t)info->si_addr) {
		put("  in no code: a call through a wrong pointer\n");
		put_caller(stack);
	} else if (number != SIGABRT) {
		put("  in a function of the C library or of tenon\n");
	}
	if (number == SIGILL)
		crash_put_instruction(pc);
	(void)_Unwind_Backtrace(frame, &walk);
	put_repeats(&walk);
	if (number != SIGABRT && number != SIGALRM)
		crash_put_hints();
	_exit(exit_code());
}

void crash_sites(const struct crash_site *new_sites, const size_t *count)
{
	sites = new_sites;
	site_count = count;
}

void crash_watch(const struct crash_site *new_sites, const size_t *count, unsigned int timeout)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM};
	const stack_t stack = {.ss_sp = need(1, 256 * 1024), .ss_size = 256 * 1024};
	struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	crash_sites(new_sites, count);
	(void)sigemptyset(&action.sa_mask);
	if (sigaltstack(&stack, NULL) != 0)
		complain(NULL, "no stack for crash reports; stack overflows are not reported");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &action, NULL);
	time_limit = timeout;
	(void)alarm(timeout);
}
