/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fault in an extension becomes a record and a line, and then the firmware's handler has it as if
 * nothing had been before.
 */
#include <stdio.h>
#include "board.h"
#include "conformance.h"
#include "crash.h"
#include "llext_mcu.h"

#define HEAP_BYTES ((size_t)64 * 1024)

static int failures;
static char reported[640];
static unsigned reports;

static void check(const char *what, bool ok)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	failures += !ok;
}

static void report(const struct llext_crash *crash)
{
	(void)llext_crash_format(crash, reported, sizeof(reported));
	reports++;
}

#if defined(__arm__)
void board_fault_entry(void);
void Fault_Handler(void);

/* What the vectors name; the board's handler comes after it. */
__attribute__((naked)) void Fault_Handler(void)
{
	__asm__("ldr r0, =llext_cortex_m_fault\n\tbx r0\n\t.ltorg");
}

static bool caught(void (*function)(void *), void *argument, struct board_fault *fault)
{
	llext_mcu_fault_next = board_fault_entry;
	return board_fault_caught(function, argument, fault);
}
#else
/* The board's trap handler has a hook; what it does not give is not looked at. */
static bool (*catch_fault)(struct board_fault *fault);

static bool record_first(struct board_fault *fault)
{
	/* Below what was interrupted, on the same stack. */
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);

#if defined(__riscv)
	llext_riscv_m_fault((const uintptr_t[32]){fault->pc, fault->lr, sp});
#elif defined(__aarch64__)
	llext_aarch64_fault((const uint64_t[33]){[30] = fault->lr, fault->pc, sp});
#else
	llext_xtensa_lx106_fault((const uint32_t[17]){fault->lr, sp, [16] = fault->pc});
#endif
	return catch_fault(fault);
}

static void (*to_call)(void *);

/* The hook of board_fault_caught() is in place when this runs. */
static void call_hooked(void *argument)
{
	catch_fault = board_fault_hook;
	board_fault_hook = record_first;
	to_call(argument);
}

static bool caught(void (*function)(void *), void *argument, struct board_fault *fault)
{
	to_call = function;
	return board_fault_caught(call_hooked, argument, fault);
}
#endif

static int (*crash)(int *where);

static void run(void *where)
{
	(void)crash(where);
}

static void run_own(void *where)
{
	*(volatile int *)where = 1;
}

#if defined(__aarch64__)
/* What is no instruction has no address beside its own. */
static void run_undefined(void *where)
{
	(void)where;
	__asm__ volatile("udf #0");
}

static void check_no_address(const struct llext_crash *record)
{
	struct board_fault fault;

	check("no address", caught(run_undefined, NULL, &fault) &&
				    record->cause == LLEXT_CRASH_INSTRUCTION &&
				    !record->has_address);
}
#else
static void check_no_address(const struct llext_crash *record)
{
	(void)record;
}
#endif

#if defined(__arm__)
/* r1 to r12 have their numbers when it writes to where r0 points. */
__attribute__((naked)) static void run_numbered(void *where __attribute__((unused)))
{
	__asm__(".syntax unified\n"
		"	movs r1, #8\n"
		"	mov r8, r1\n"
		"	movs r1, #9\n"
		"	mov r9, r1\n"
		"	movs r1, #10\n"
		"	mov r10, r1\n"
		"	movs r1, #11\n"
		"	mov r11, r1\n"
		"	movs r1, #12\n"
		"	mov r12, r1\n"
		"	movs r1, #1\n"
		"	movs r2, #2\n"
		"	movs r3, #3\n"
		"	movs r4, #4\n"
		"	movs r5, #5\n"
		"	movs r6, #6\n"
		"	movs r7, #7\n"
		"	str r1, [r0]\n"
		"	bx lr\n");
}

static void check_every_register(const struct llext_crash *record, void *forbidden)
{
	struct board_fault fault;
	bool numbered = caught(run_numbered, forbidden, &fault) &&
			record->registers[0] == (uintptr_t)forbidden;

	for (unsigned i = 1; i <= 12; i++)
		numbered = numbered && record->registers[i] == i;
	check("every register", numbered);
}
#else
/* What the board's handler gives of them is looked at with the first fault. */
static void check_every_register(const struct llext_crash *record, void *forbidden)
{
	(void)record;
	(void)forbidden;
}
#endif

/* The calls of level_3, level_2 and level_1, in this order; the line has each of them. */
static void check_chain(const struct llext_crash *record)
{
	const char *at = reported;
	unsigned found = 0, lines = 0;

	for (unsigned i = 0; i < record->chain_count && found < 3; i++) {
		const char name[] = {'l', 'e', 'v', 'e', 'l', '_', (char)('3' - found), '\0'};
		struct llext_address info;

		if (llext_by_address((const void *)(record->chain[i] - 2), &info) == 0 &&
		    info.symbol != NULL && strcmp(info.symbol, name) == 0)
			found++;
	}
	while ((at = strstr(at, ", from extension crashing, section .text + 0x")) != NULL) {
		lines++;
		at++;
	}
	check("the chain of calls", found == 3 && record->chain_count <= LLEXT_CRASH_CHAIN);
	check("the line has it", lines == record->chain_count);
	printf("%s\n", reported);
}

#ifdef BOARD_HAS_IRAM
/* Code in instruction memory can be written to, so this goes where no memory is. */
static int make_heap(void)
{
	return llext_heap_init_harvard(board_iram_start, HEAP_BYTES / 2, board_heap_start,
				       HEAP_BYTES);
}

static void *forbidden_to(int (*function)(int *))
{
	(void)function;
	return (void *)0xe8000000u;
}
#else
static int make_heap(void)
{
	return llext_heap_init(board_heap_start, HEAP_BYTES);
}

/* Its own code. */
static void *forbidden_to(int (*function)(int *))
{
	return (void *)((uintptr_t)function & ~(uintptr_t)3);
}
#endif

int main(void)
{
	const struct fixture fixture = FIXTURE(crashing);
	struct llext_buf_loader loader = LLEXT_TEMPORARY_BUF_LOADER(fixture.bytes, fixture.size);
	const struct llext_crash *record = &llext_mcu_crash;
	struct llext *ext;
	struct board_fault fault;
	void *forbidden;

	check("protection", llext_mcu_protect_heap((uintptr_t)board_heap_start, HEAP_BYTES) == 0 &&
				    make_heap() == 0 &&
				    llext_load(&loader.loader, "crashing", &ext, NULL) == 0);
	crash = (int (*)(int *))(uintptr_t)llext_find_sym(&ext->exp_tab, "crash");
	forbidden = forbidden_to(crash);
	llext_mcu_crash_report = report;

	check("the firmware's handler has it, too", caught(run, forbidden, &fault) &&
							    fault.kind == BOARD_FAULT_DATA &&
							    fault.pc == record->pc);
	check("one report", reports == 1);
	check("cause and address", record->cause == LLEXT_CRASH_DATA && record->has_address &&
					   record->address == (uintptr_t)forbidden);
	check("extension and section", record->where.extension != NULL &&
					       strcmp(record->where.extension, "crashing") == 0 &&
					       strcmp(record->where.section, ".text") == 0);
	check("the caller is the exported function",
	      record->caller.symbol != NULL && strcmp(record->caller.symbol, "crash") == 0);
#if defined(__arm__)
	check("registers", record->count == 13 && record->registers[0] == (uintptr_t)forbidden &&
				   record->sp > (uintptr_t)board_ram_start &&
				   record->sp < (uintptr_t)board_ram_end);
#elif defined(__aarch64__)
	check("registers", record->count == 31 && record->registers[30] == record->lr &&
				   record->sp > (uintptr_t)board_ram_start &&
				   record->sp < (uintptr_t)board_ram_end);
#elif defined(__riscv)
	check("registers", record->count == 32 && record->registers[1] == record->lr &&
				   record->registers[2] == record->sp &&
				   record->sp > (uintptr_t)board_ram_start &&
				   record->sp < (uintptr_t)board_ram_end);
#endif
	check("build id", record->where.build_id_bytes == 4 && record->where.build_id[0] == 0xde &&
				  strstr(reported, ", build id deadbeef, pc 0x") != NULL);
	check("the line",
	      strstr(reported, "crash: data access, address 0x") == reported &&
		      strstr(reported, ", extension crashing, section .text + 0x") != NULL);
	printf("%s\n", reported);
	crash = (int (*)(int *))(uintptr_t)llext_find_sym(&ext->exp_tab, "level_1");
	check("a deeper fault", caught(run, forbidden, &fault) && reports == 2);
	check_chain(record);
	check("a fault of the firmware's own is none of an extension",
	      caught(run_own, forbidden, &fault) && reports == 2 &&
		      record->where.extension == NULL);
	check_every_register(record, forbidden);
	check_no_address(record);
	check("cut", llext_crash_format(record, reported, 10) > 10 && strlen(reported) == 9);
	check("unload", llext_unload(&ext) == 0);
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
