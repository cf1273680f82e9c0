/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache maintenance after code is written: which lines, and in which order. Emulators have no
 * caches and take no notice of it. Each step leaves a word in a record.
 */
#include <stdio.h>
#include <string.h>
#include "mpu.h"
#include "caches.h"

enum step { CLEAN, INVALIDATE, INVALIDATE_ALL, WAIT, REFETCH };

static struct {
	enum step step;
	uintptr_t at;
} steps[4096];
static size_t count;
static unsigned int line_log2; /* of words, as CTR has it */

static void note(enum step step, uintptr_t at)
{
	if (count < sizeof(steps) / sizeof(steps[0])) {
		steps[count].step = step;
		steps[count].at = at;
	}
	count++;
}

void caches_wait(void)
{
	note(WAIT, 0);
}

void caches_refetch(void)
{
	note(REFETCH, 0);
}

#ifdef CORTEX_M
static uint32_t levels; /* CLIDR */

uint32_t caches_read(uintptr_t address)
{
	return address == 0xe000ed78 ? levels : address == 0xe000ed7c ? line_log2 << 16 : 0;
}

void caches_write(uintptr_t address, uint32_t value)
{
	if (address == 0xe000ef64) /* DCCMVAU */
		note(CLEAN, value);
	else if (address == 0xe000ef50) /* ICIALLU */
		note(INVALIDATE_ALL, 0);
	else
		note(REFETCH, address); /* fails the test */
}
#else
/* DminLine is larger than IminLine, so that one cannot stand for the other. */
uint64_t caches_type(void)
{
	return (uint64_t)(line_log2 + 1) << 16 | line_log2;
}

void caches_clean(uintptr_t at)
{
	note(CLEAN, at);
}

void caches_invalidate(uintptr_t at)
{
	note(INVALIDATE, at);
}
#endif

static int failures;

static void fail(const char *what, uintptr_t start, size_t bytes)
{
	if (failures++ < 10)
		printf("%s: 0x%lx, %lu bytes, lines of %u words\n", what, (unsigned long)start,
		       (unsigned long)bytes, 1u << line_log2);
}

/* The steps from @first on are this one for each line of the range; returns how many. */
static size_t lines(size_t first, enum step step, uintptr_t start, size_t bytes, uintptr_t line)
{
	uintptr_t from = start - start % line;
	size_t expected = bytes == 0 ? 0 : (start + bytes - 1 - from) / line + 1;

	for (size_t i = 0; i < expected; i++) {
		if (first + i >= count || steps[first + i].step != step ||
		    steps[first + i].at - steps[first + i].at % line != from + i * line)
			fail("another line", start, bytes);
	}
	return expected;
}

static size_t one(size_t at, enum step step, const char *what)
{
	if (at >= count || steps[at].step != step)
		fail(what, 0, at);
	return 1;
}

static void sync_one(uintptr_t mem, uintptr_t load, size_t bytes)
{
	size_t at = 0;

	count = 0;
	llext_mcu_sync(mem, load, bytes);
#ifdef CORTEX_M
	if (levels & 7) {
		at += lines(at, CLEAN, mem, bytes, (uintptr_t)4 << line_log2);
		at += one(at, WAIT, "instructions are invalidated before data is there");
		at += one(at, INVALIDATE_ALL, "no invalidation");
	}
#else
	at += lines(at, CLEAN, mem, bytes, (uintptr_t)8 << line_log2);
	at += one(at, WAIT, "instructions are invalidated before data is there");
	at += lines(at, INVALIDATE, load, bytes, (uintptr_t)4 << line_log2);
#endif
	at += one(at, WAIT, "no wait at the end");
	at += one(at, REFETCH, "what was fetched ahead stays");
	if (at != count)
		fail("more than is to be done", mem, bytes);
}

int main(void)
{
	for (line_log2 = 2; line_log2 < 6; line_log2++) {
#ifdef CORTEX_M
		levels = 0x09000000; /* a level of unification, and no cache at level 1 */
		sync_one(0x20000000, 0x10000000, 256);
		levels = 0x09000003;
#endif
		for (uintptr_t start = 0x20000000; start < 0x20000000 + 160; start += 4) {
			for (size_t bytes = 4; bytes < 700; bytes += 12)
				sync_one(start, start - 0x10000000, bytes);
		}
		sync_one(0x20000020, 0x30000024, 4096);
	}
	puts(failures ? "FAILED" : "all is well");
	return failures != 0;
}
