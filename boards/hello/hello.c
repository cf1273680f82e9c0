/* SPDX-License-Identifier: Apache-2.0 */
/* Shows that a board's support works: every line that it prints is also checked. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"

static int failures;
static volatile int constructed;
static int initialized = 7;
static volatile float third = 3.0f;

__attribute__((constructor)) static void construct(void)
{
	constructed = initialized;
}

static void check(const char *what, bool ok)
{
	if (ok)
		return;
	failures++;
	printf("FAILED: %s\n", what);
}

/* Two instructions a round on every core, or three. */
static __attribute__((noinline)) uint64_t count_loop(unsigned rounds)
{
	uint64_t start = board_instructions();

	for (unsigned i = rounds; i; i--)
		__asm__ volatile("" : "+r"(i));
	return board_instructions() - start;
}

/* By how much a count may be wrong: README.md, "What a program may use". */
#if defined(__XTENSA__)
#define COUNT_ERROR 3
#elif defined(__arm__)
#define COUNT_ERROR 1 /* where a tick is no whole number of instructions */
#else
#define COUNT_ERROR 0
#endif

/*
 * Of loops of @per_round instructions a round: their ends are spread over the clock's ticks. What
 * is beside the rounds is the same each time, so that counts of it are apart by twice the error at
 * most.
 */
static long largest_error(unsigned long per_round)
{
	long least = LONG_MAX, most = LONG_MIN;

	for (unsigned rounds = 1; rounds < 100; rounds++) {
		long beside = (long)count_loop(rounds) - (long)(per_round * rounds);

		least = beside < least ? beside : least;
		most = beside > most ? beside : most;
	}
	return (most - least + 1) / 2;
}

static void check_instructions(void)
{
	unsigned long once = (unsigned long)count_loop(1000);
	unsigned long twice = (unsigned long)count_loop(2000);
	unsigned long per_round = (twice - once + 500) / 1000;
	long error;

	printf("instructions: 1000 rounds %lu, 2000 rounds %lu\n", once, twice);
	check("instruction count", per_round >= 1 && per_round <= 4);
	error = largest_error(per_round);
	printf("largest error: %ld\n", error);
	check("instruction count is exact", error <= COUNT_ERROR);
}

static void read_nowhere(void *unused)
{
	(void)unused;
	/* No board has anything at this address. */
	*(volatile uint32_t *)0xe8000000u;
}

static void undefined(void *unused)
{
	(void)unused;
	__builtin_trap();
}

static void check_faults(void)
{
	struct board_fault fault;
	volatile float kept = third;

	check("undefined instruction", board_fault_caught(undefined, NULL, &fault));
	printf("undefined instruction: kind %d, cause 0x%lx\n", fault.kind,
	       (unsigned long)fault.cause);
	check("load from nowhere", board_fault_caught(read_nowhere, NULL, &fault));
	printf("load from nowhere: kind %d, address 0x%lx\n", fault.kind,
	       fault.has_address ? (unsigned long)fault.address : 0ul);
	check("float after a fault", kept == third);
}

static void check_desk(void)
{
	static char text[160];
	size_t length = board_command_line(text, sizeof(text));
	char *path = strrchr(text, ' ');

	printf("command line: %s\n", text);
	check("command line", length == strlen(text) && path);
	if (!path)
		return;
	static char script[20];
	size_t size = board_read_file(path + 1, script, sizeof(script));

	check("read a file", size != BOARD_NO_FILE && size > sizeof(script));
	check("what was read", strncmp(script, "#!/bin/sh\n", 10) == 0);
	check("no such file", board_read_file("/nowhere", script, 1) == BOARD_NO_FILE);
}

int main(void)
{
	printf("hello from %s\n", BOARD_NAME);
	int sum = (int)(1000.0f * (1.0f / third + third));
	printf("1/3 + 3 = %d.%03d\n", sum / 1000, sum % 1000);
	check("float", sum == 3333);
	printf("constructor: %s\n", constructed ? "ran" : "did not run");
	check("constructor and .data", constructed == 7);
	errno = 0;
	check("errno", strtol("99999999999999999999", NULL, 10) != 0 && errno == ERANGE);
	void *block = malloc(100);
	check("malloc", block != NULL);
	free(block);
	check_instructions();
	check_desk();
	check_faults();
	printf("heap: %lu KiB at %p\n", (unsigned long)(board_heap_end - board_heap_start) / 1024,
	       (void *)board_heap_start);
	printf("stack: %lu of %lu bytes used\n", (unsigned long)board_stack_used(),
	       (unsigned long)board_stack_size());
	check("stack", board_stack_used() > 64 && board_stack_used() < board_stack_size());
	puts(failures ? "FAILED" : "all is well");
	return failures;
}
