/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache maintenance after code was written. The emulator has no caches; the steps are those that
 * the architecture manuals require: clean data to the point of unification, invalidate
 * instructions, wait for both, refetch.
 */
#include "board_port.h"

#if defined(__arm__)

/* Arm DDI 0403 and DDI 0553, "Cache maintenance operations", memory-mapped; CLIDR, CTR. */
#define CTR     (*(volatile uint32_t *)0xe000ed7c)
#define CLIDR   (*(volatile uint32_t *)0xe000ed78)
#define ICIALLU (*(volatile uint32_t *)0xe000ef50)
#define DCCMVAU (*(volatile uint32_t *)0xe000ef64)

void board_port_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
#if __ARM_ARCH >= 7
	if ((CLIDR & 7u) != 0) {
		uintptr_t line = (uintptr_t)4 << (CTR >> 16 & 15u);

		for (uintptr_t at = mem & ~(line - 1); at < mem + bytes; at += line)
			DCCMVAU = (uint32_t)at;
		__asm__ volatile("dsb" ::: "memory");
		ICIALLU = 0;
	}
#else
	(void)mem;
	(void)bytes;
#endif
	(void)load; /* the whole instruction cache is invalidated */
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

#elif defined(__aarch64__)

/* Arm DDI 0487, B2.4.4: "Ordering of cache maintenance ... instruction fetch". */
void board_port_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	uint64_t type;
	uintptr_t data, instr;

	__asm__("mrs %0, ctr_el0" : "=r"(type));
	data = (uintptr_t)4 << (type >> 16 & 15);
	instr = (uintptr_t)4 << (type & 15);
	for (uintptr_t at = mem & ~(data - 1); at < mem + bytes; at += data)
		__asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb ish" ::: "memory");
	for (uintptr_t at = load & ~(instr - 1); at < load + bytes; at += instr)
		__asm__ volatile("ic ivau, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

#elif defined(__riscv)

void board_port_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	(void)mem;
	(void)load;
	(void)bytes;
	/* Zifencei; by its encoding, since -march need not name the extension. */
	__asm__ volatile(".4byte 0x0000100f" ::: "memory");
}

#elif defined(__XTENSA__)

void board_port_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	(void)mem;
	(void)load;
	(void)bytes;
	/* The lx106 has no caches; what was fetched ahead is dropped. */
	__asm__ volatile("memw\n\tisync" ::: "memory");
}

#else
#error "cache maintenance for this machine is missing"
#endif
