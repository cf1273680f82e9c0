/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Region protection of Xtensa (ISA reference, section 4.6.3): eight regions of 512 MiB, each with
 * one attribute for data and one for instructions. Good for one thing: no code runs from data RAM.
 * Instruction RAM cannot be made read-only: there is no attribute for that, and literals are loads.
 */
#include <errno.h>
#include "../mpu.h"

#define REGION  ((size_t)512 << 20)
#define REGIONS 8

#define NO_EXECUTE 0 /* load and store */
#define BYPASS     2 /* all three; caches bypassed, of which this core has none */

const struct board_mpu *board_mpu(void)
{
	static const struct board_mpu mpu = {
		.slots = REGIONS,
		.granule = REGION,
		.power_of_two = 1,
		.overlap = 0,
		.read_only = 0,
	};

	return &mpu;
}

int board_mpu_enable(void)
{
	return 0;
}

int board_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	if (slot >= REGIONS || size != REGION || start % REGION)
		return -EINVAL;
	if ((access & 3) != (BOARD_MPU_READ | BOARD_MPU_WRITE))
		return -EINVAL;
	uint32_t attribute = access & BOARD_MPU_EXECUTE ? BYPASS : NO_EXECUTE;

	/*
	 * Instructions are what it is about. Data has the same attribute, which allows it as
	 * much, because the emulator remembers a page by what it looked up for it last.
	 */
	__asm__ volatile("witlb %0, %1\n\twdtlb %0, %1\n\tisync\n\tdsync" ::"a"(attribute),
			 "a"(start)
			 : "memory");
	return 0;
}

int board_mpu_clear(unsigned slot, uintptr_t start, size_t size)
{
	return board_mpu_set(slot, start, size,
			     BOARD_MPU_READ | BOARD_MPU_WRITE | BOARD_MPU_EXECUTE);
}
