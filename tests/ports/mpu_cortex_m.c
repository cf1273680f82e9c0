/* SPDX-License-Identifier: Apache-2.0 */
/* The MPU of Cortex-M on the desk: what is in each region's registers, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/must.h"
#include "desk_mpu.h"
#include "mpu.h"

#define R LLEXT_MPU_READ
#define W LLEXT_MPU_WRITE
#define X LLEXT_MPU_EXECUTE
#define U LLEXT_MPU_USER

unsigned int desk_barriers;
struct desk_mpu desk_mpu;
struct desk_pmp desk_pmp;
extern unsigned llext_mcu_kept_slots;

static bool has(unsigned int slot, uint32_t base, uint32_t other)
{
	return desk_mpu.base[slot] == base && desk_mpu.other[slot] == other;
}

#if __ARM_ARCH >= 8
#define OVERLAP 0

/* Base: XN, any privilege, read-only. Limit: the last granule, and the enable bit. */
static void check_regions(void)
{
	must(llext_mpu_set(3, 0x20000040, 0x60, R | X) == 0 && has(3, 0x20000044, 0x20000081));
	must(llext_mpu_set(3, 0x20000040, 0x20, R) == 0 && has(3, 0x20000045, 0x20000041));
	must(llext_mpu_set(3, 0x20000040, 0x20, R | W) == 0 && has(3, 0x20000041, 0x20000041));
	must(llext_mpu_set(3, 0x20000040, 0x20, R | W | U) == 0 && has(3, 0x20000043, 0x20000041));
	must(llext_mpu_set(3, 0x20000040, 0x20, R | X | U) == 0 && has(3, 0x20000046, 0x20000041));
	must(llext_mpu_set(3, 0x20000040, 0x20, R | W | X) == 0 && has(3, 0x20000040, 0x20000041));
	must(llext_mpu_set(3, 0x20000040, 0x20, R | X | U) == 0);
	must(desk_mpu.mair == 0xff);
	/* There is no memory that cannot be read. */
	must(llext_mpu_set(3, 0x20000040, 0x20, X) == -EINVAL);
	must(llext_mpu_set(3, 0x20000040, 0x20, 0) == -EINVAL);
	must(has(3, 0x20000046, 0x20000041));
}
#else
#define OVERLAP 1

static uint32_t attributes(uint32_t ap, bool execute, uint32_t log2, uint32_t off)
{
	return 1u | (log2 - 1) << 1 | off << 8 | 0xbu << 16 | ap << 24 | (execute ? 0 : 1u << 28);
}

/* Sizes of a power of two, or of eighths of one from 256 bytes on, at multiples of it. */
static void check_regions(void)
{
	static const struct {
		size_t bytes;
		uint32_t log2, off;
	} sizes[] = {
		{32, 5, 0},     {64, 6, 0},       {128, 7, 0},       {256, 8, 0},
		{224, 8, 0x80}, {160, 8, 0xe0},   {512, 9, 0},       {320, 9, 0xe0},
		{448, 9, 0x80}, {1280, 11, 0xe0}, {1u << 20, 20, 0}, {1u << 31, 31, 0},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		must(llext_mpu_set(3, 0x80000000, sizes[i].bytes, R | X) == 0);
		must(has(3, 0x80000000, attributes(5, true, sizes[i].log2, sizes[i].off)));
	}
	must(llext_mpu_set(3, 0x20000040, 64, R) == 0 &&
	     has(3, 0x20000040, attributes(5, false, 6, 0)));
	must(llext_mpu_set(3, 0x20000040, 64, R | W) == 0 &&
	     has(3, 0x20000040, attributes(1, false, 6, 0)));
	must(llext_mpu_set(3, 0x20000040, 64, R | W | U) == 0 &&
	     has(3, 0x20000040, attributes(3, false, 6, 0)));
	must(llext_mpu_set(3, 0x20000040, 64, R | X | U) == 0 &&
	     has(3, 0x20000040, attributes(6, true, 6, 0)));
	must(llext_mpu_set(3, 0x20000040, 64, R | W | X) == 0 &&
	     has(3, 0x20000040, attributes(1, true, 6, 0)));
	must(llext_mpu_set(3, 0x20000040, 64, 0) == 0 &&
	     has(3, 0x20000040, attributes(0, false, 6, 0)));
	/* What there is no encoding for. */
	must(llext_mpu_set(3, 0x20000000, 96, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 192 + 32 - 128, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 288, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000020, 64, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000080, 160, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 64, X) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 64, W) == -EINVAL);
	must(llext_mpu_set(3, 0, ((size_t)1 << 31) + 32, R) == -EINVAL);
	must(has(3, 0x20000040, attributes(0, false, 6, 0)));
}
#endif

static void check_unit(void)
{
	const struct llext_mpu *unit;

	/* Nothing is there, or nothing is left. */
	must(llext_mpu_enable() == -ENOTSUP && desk_mpu.ctrl == 0);
	must(llext_mpu()->slots == 0);
	desk_mpu.type = 8 << 8;
	unit = llext_mpu();
	must(unit->slots == 8 && unit->granule == 32 && unit->read_only == 1);
	must(unit->overlap == OVERLAP && unit->power_of_two == OVERLAP);
	must(unit->eighths == (OVERLAP ? 256 : 0));
	llext_mcu_kept_slots = 8;
	must(llext_mpu_enable() == -ENOSPC && desk_mpu.ctrl == 0);
	/* All are off but the last, which are kept. */
	memset(desk_mpu.other, 0xff, sizeof(desk_mpu.other));
	llext_mcu_kept_slots = 2;
	must(llext_mpu_enable() == 0 && desk_mpu.ctrl == 5);
	for (unsigned int i = 0; i < 8; i++)
		must((desk_mpu.other[i] & 1) == (i >= 6));
	must(desk_mpu.other[8] == 0xffffffff);
	llext_mcu_kept_slots = 7;
	must(llext_mpu_enable() == 0);
	desk_mpu.type = 16 << 8;
	must(llext_mpu()->slots == 16);
}

static void check_slots(void)
{
	unsigned int before = desk_barriers;

	must(llext_mpu_set(15, 0x20000000, 32, R) == 0 && (desk_mpu.other[15] & 1) == 1);
	must(desk_barriers > before);
	must(llext_mpu_set(16, 0x20000000, 32, R) == -EINVAL);
	must(llext_mpu_clear(16, 0, 0) == -EINVAL);
	before = desk_barriers;
	must(llext_mpu_clear(15, 0, 0) == 0 && desk_mpu.other[15] == 0);
	must(desk_barriers > before);
	/* Of any unit. */
	must(llext_mpu_set(3, 0x20000010, 32, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000001, 32, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 33, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 48, R) == -EINVAL);
	must(llext_mpu_set(3, 0x20000000, 0, R) == -EINVAL);
	must(llext_mpu_set(3, (uintptr_t)-32, 64, R) == -EINVAL);
	must(llext_mpu_set(3, (uintptr_t)-32, 32, R) == 0);
}

int main(void)
{
	check_unit();
	check_regions();
	check_slots();
	puts("all is well");
	return 0;
}
