/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the conformance suite on a board: without protection, with it, with a heap for code. */
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include "board.h"
#include "llext_mcu.h"
#include "conformance.h"

uint8_t *conformance_memory, *conformance_code_memory;
uintptr_t conformance_code_bias;
unsigned int conformance_most_loaded = UINT_MAX;

/* The heap and what is behind it; a power of two, which an MPU may want. */
#define PROTECTED_BYTES ((size_t)1 << 20)

enum outcome { PASSED, FAILED, SKIPPED, OUTCOMES };

static jmp_buf end_of_case;
static const struct conformance_case *current;
static enum outcome outcome;
static unsigned int counts[OUTCOMES];

static _Noreturn void end_case(enum outcome how)
{
	outcome = how;
	longjmp(end_of_case, 1);
}

_Noreturn void conformance_fail(const char *file, int line, const char *what, long long expected,
				long long found)
{
	char text[200];

	(void)llext_diag_format(llext_last_diag(), text, sizeof(text));
	printf("FAILED: %s\n%s:%d: %s: expected %ld, found %ld\n(diagnostic record: %s)\n",
	       current->name, file, line, what, (long)expected, (long)found, text);
	end_case(FAILED);
}

_Noreturn void conformance_skip(const char *why)
{
	printf("skipped: %s: %s\n", current->name, why);
	end_case(SKIPPED);
}

static void run(void *unused)
{
	(void)unused;
	outcome = PASSED;
	if (setjmp(end_of_case) != 0)
		return;
	conformance_begin();
	current->run();
	conformance_end();
}

static void clean(void *unused)
{
	(void)unused;
	conformance_clean();
}

static void run_case(const struct conformance_case *one)
{
	struct board_fault fault;

	current = one;
	if (board_fault_caught(run, NULL, &fault)) {
		printf("FAILED: %s\nfault %d at 0x%lx, address 0x%lx, cause 0x%lx\n", one->name,
		       fault.kind, (unsigned long)fault.pc, (unsigned long)fault.address,
		       (unsigned long)fault.cause);
		outcome = FAILED;
	}
	counts[outcome]++;
	if (outcome != PASSED && board_fault_caught(clean, NULL, &fault)) {
		printf("FAILED: %s: fault while cleaning up\n", one->name);
		board_exit(1);
	}
}

static void run_suite(const char *how)
{
	unsigned int before[OUTCOMES];

	memcpy(before, counts, sizeof(before));
	for (size_t i = 0; conformance_tables[i] != NULL; i++) {
		for (const struct conformance_case *one = conformance_tables[i]; one->name != NULL;
		     one++)
			run_case(one);
	}
	printf("%s: %u passed, %u skipped, %u failed\n", how, counts[PASSED] - before[PASSED],
	       counts[SKIPPED] - before[SKIPPED], counts[FAILED] - before[FAILED]);
}

static bool enough_memory(void)
{
	uintptr_t end = (uintptr_t)conformance_memory + CONFORMANCE_HEAP_BYTES;

#ifndef BOARD_HAS_IRAM
	if (end > CONFORMANCE_WINDOW)
		return false;
	end = CONFORMANCE_WINDOW + CONFORMANCE_WINDOW_BYTES;
#endif
	return end <= (uintptr_t)board_heap_end;
}

#ifdef CONFORMANCE_SANDBOXED
#include "../runner/sandbox.h"

static void run_all(void)
{
	sandbox_vectors();
	conformance_most_loaded = 2; /* two parts each, and what is shared */
	run_suite("sandboxed");
}
#else
/* Executables have memory of their own behind that of the heaps; see fixed.cmake. */
static void add_windows(void)
{
	int rc = llext_mcu_add_window(CONFORMANCE_WINDOW, CONFORMANCE_WINDOW_BYTES);

#ifdef CONFORMANCE_DATA_WINDOW
	if (rc == 0)
		rc = llext_mcu_add_window(CONFORMANCE_DATA_WINDOW, CONFORMANCE_WINDOW_BYTES);
#endif
	if (rc != 0) {
		printf("FAILED: windows for executables: %d\n", rc);
		counts[FAILED]++;
	}
}

/* The heap and the window behind it. Code and constants are a piece each. */
static bool protect(void)
{
	uintptr_t start = (uintptr_t)conformance_memory;
	int rc = llext_mcu_protect_heap(start, PROTECTED_BYTES);

	if (rc != 0 && rc != -ENOTSUP) {
		printf("FAILED: protection of the heap: %d\n", rc);
		counts[FAILED]++;
	}
	if (llext_mcu_pieces() != 0)
		conformance_most_loaded = llext_mcu_pieces() / 2;
	return rc == 0;
}

/* A part with two ways to one memory: code is written by one and run by the other. */
#ifdef CONFORMANCE_CODE_MIRROR
static void run_mirrored(void)
{
	if ((uintptr_t)board_rom_end > CONFORMANCE_CODE_WRITTEN) {
		puts("FAILED: the firmware takes the memory for code");
		counts[FAILED]++;
		return;
	}
	conformance_code_memory = (uint8_t *)CONFORMANCE_CODE_WRITTEN;
	conformance_code_bias = CONFORMANCE_CODE_MIRROR - CONFORMANCE_CODE_WRITTEN;
	run_suite("code run at another address than it is written at");
	conformance_code_memory = NULL;
	conformance_code_bias = 0;
}
#else
#define run_mirrored() ((void)0)
#endif

static void run_all(void)
{
	add_windows();
#ifdef BOARD_HAS_IRAM
	conformance_code_memory = (uint8_t *)board_iram_start;
	run_suite("a heap for code");
#else
	run_suite("one heap");
	if (board_heap_end - board_heap_start >= 2 * (long)CONFORMANCE_HEAP_BYTES) {
		conformance_code_memory = conformance_memory + CONFORMANCE_HEAP_BYTES;
		run_suite("a heap for code");
		conformance_code_memory = NULL;
	}
	run_mirrored();
#endif
	if (protect())
		run_suite("protected");
}
#endif

int main(void)
{
	llext_mcu_log_level = LLEXT_LOG_NONE; /* most cases are about failures */
	conformance_memory = (uint8_t *)board_heap_start;
	if (!enough_memory()) {
		printf("FAILED: the heap has %lu bytes only\n",
		       (unsigned long)(board_heap_end - board_heap_start));
		return 1;
	}
	run_all();
	printf("stack: %lu bytes\n", (unsigned long)board_stack_used());
	printf("%s: %u passed, %u skipped, %u failed\n", BOARD_NAME, counts[PASSED],
	       counts[SKIPPED], counts[FAILED]);
	if (counts[SKIPPED] != SKIPPED_CASES)
		printf("FAILED: %d cases should be skipped\n", SKIPPED_CASES);
	return counts[FAILED] != 0 || counts[SKIPPED] != SKIPPED_CASES;
}
