/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Region protection of Xtensa (ISA reference, section 4.6.3): eight regions of 512 MiB, each with
 * one attribute for data and one for instructions. Good for one thing: no code runs from data RAM.
 * Instruction RAM cannot be made read-only: there is no attribute for that, and literals are loads.
 */
#include <errno.h>
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "../mcu/slots.h"

#define REGION  ((size_t)512 << 20)
#define REGIONS 8

#define NO_EXECUTE 0 /* load and store */
#define BYPASS     2 /* all three; caches bypassed, of which this core has none */

const struct llext_mpu *llext_mpu(void)
{
	static const struct llext_mpu mpu = {
		.slots = REGIONS,
		.granule = REGION,
		.power_of_two = 1,
		.overlap = 0,
		.read_only = 0,
		/* Regions 2 and 3 are instruction memory, and take 32-bit accesses only. */
		.code_start = 2 * REGION,
		.code_end = 4 * REGION,
	};

	return &mpu;
}

int llext_mpu_enable(void)
{
	return 0;
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	if (slot >= REGIONS || size != REGION || start % REGION)
		return -EINVAL;
	if ((access & 3) != (LLEXT_MPU_READ | LLEXT_MPU_WRITE))
		return -EINVAL;
	uint32_t attribute = access & LLEXT_MPU_EXECUTE ? BYPASS : NO_EXECUTE;

	/*
	 * Instructions are what it is about. Data has the same attribute, which allows it as
	 * much, because the emulator remembers a page by what it looked up for it last.
	 */
	__asm__ volatile("witlb %0, %1\n\twdtlb %0, %1\n\tisync\n\tdsync" ::"a"(attribute),
			 "a"(start)
			 : "memory");
	return 0;
}

int llext_mpu_clear(unsigned slot, uintptr_t start, size_t size)
{
	return llext_mpu_set(slot, start, size,
			     LLEXT_MPU_READ | LLEXT_MPU_WRITE | LLEXT_MPU_EXECUTE);
}

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	(void)mem;
	(void)load;
	(void)bytes;
	/* The lx106 has no caches; what was fetched ahead is dropped. */
	__asm__ volatile("memw\n\tisync" ::: "memory");
}

/* ---- pieces of the heap: a region is data or code as a whole, so none has a say of its own ----
 */

unsigned llext_mcu_kept_slots; /* of none */

int llext_slots_open(uintptr_t start, size_t bytes)
{
	(void)start;
	(void)bytes;
	return -ENOTSUP;
}

int llext_slots_add(uintptr_t start, size_t bytes, unsigned access)
{
	(void)start;
	(void)bytes;
	(void)access;
	return -ENOTSUP;
}

int llext_slots_remove(uintptr_t start, size_t bytes)
{
	(void)start;
	(void)bytes;
	return -ENOTSUP;
}

void llext_slots_fit(size_t *bytes, size_t *align)
{
	(void)bytes;
	(void)align;
}

unsigned llext_slots_needed(unsigned pieces, unsigned *left)
{
	(void)pieces;
	*left = (unsigned)-1;
	return 0;
}

unsigned llext_slots_most(void)
{
	return 0;
}
