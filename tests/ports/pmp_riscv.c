/* SPDX-License-Identifier: Apache-2.0 */
/* The PMP of RISC-V on the desk: the entries' addresses and rights, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../common/must.h"
#include "desk_mpu.h"
#include "llext_mcu.h"
#include "mpu.h"

#define R LLEXT_MPU_READ
#define W LLEXT_MPU_WRITE
#define X LLEXT_MPU_EXECUTE
#define U LLEXT_MPU_USER

#define TOR    0x08
#define LOCKED 0x80

unsigned int desk_barriers;
struct desk_mpu desk_mpu;
struct desk_pmp desk_pmp;

#define RANGE(first, last, what)                                                                   \
	{                                                                                          \
		(const char *)(uintptr_t)(first), (const char *)(uintptr_t)(last),                 \
			LLEXT_MCU_##what                                                           \
	}

/* The port has it for a constant. */
extern struct llext_mcu_range memory[4] __asm("llext_mcu_memory");
struct llext_mcu_range memory[4];

/* Whoever runs meanwhile must not see half a range: the entry above the address is off. */
void desk_written(const uintptr_t *address)
{
	size_t entry = (size_t)(address - &desk_pmp.pmpaddr0);

	if (entry < 16)
		must(desk_cfg((unsigned int)entry | 1) == 0);
}

static bool has(unsigned int slot, uintptr_t start, uintptr_t end, uint8_t cfg)
{
	const uintptr_t *addresses = &desk_pmp.pmpaddr0;

	return addresses[2 * slot] == start >> 2 && addresses[2 * slot + 1] == end >> 2 &&
	       desk_cfg(2 * slot) == 0 && desk_cfg(2 * slot + 1) == cfg;
}

static void check_unit(void)
{
	static const struct llext_mcu_range wrong[][4] = {
		{RANGE(0x1000, 0x2000, DATA), RANGE(0, 0, END)},
		{RANGE(0x1000, 0x2000, CODE), RANGE(0x3000, 0x4000, CODE), RANGE(0, 0, END)},
		{RANGE(0x1002, 0x2000, CODE), RANGE(0, 0, END)},
		{RANGE(0x1000, 0x2002, CODE), RANGE(0, 0, END)},
		{RANGE(0x1000, 0x1000, CODE), RANGE(0, 0, END)},
	};
	static const struct llext_mcu_range right[4] = {
		RANGE(0x8000, 0x9000, DATA), RANGE(0x1000, 0x2004, CODE), RANGE(0, 0, END)};

	must(llext_mpu()->slots == 7 && llext_mpu()->granule == 4);
	must(llext_mpu()->overlap == -1 && llext_mpu()->read_only == 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(memory, wrong[i], sizeof(memory));
		must(llext_mpu_enable() == -EINVAL);
	}
	memcpy(memory, right, sizeof(memory));
	llext_mcu_kept_slots = 7;
	must(llext_mpu_enable() == -ENOSPC && desk_pmp.pmpcfg2 == 0);
	/* All are off but the first, which are kept, and the firmware's, which is the last. */
	memset(&desk_pmp.pmpcfg0, 0x1f, sizeof(desk_pmp.pmpcfg0));
	memset(&desk_pmp.pmpcfg2, 0x1f, sizeof(desk_pmp.pmpcfg2));
	llext_mcu_kept_slots = 2;
	must(llext_mpu_enable() == 0);
	for (unsigned int i = 0; i < 7; i++)
		must(desk_cfg(2 * i) == (i < 2 ? 0x1f : 0) &&
		     desk_cfg(2 * i + 1) == desk_cfg(2 * i));
	must(desk_cfg(15) == (LOCKED | TOR | 1 | 4));
	llext_mcu_kept_slots = 6;
	must(llext_mpu_enable() == 0);
	llext_mcu_kept_slots = 0;
	must(llext_mpu_enable() == 0);
}

/* Every combination of rights has the code of Smepmp's table, or none. */
static void check_rights(void)
{
	for (unsigned int access = 0; access < 32; access++) {
		int code;

		switch (access) {
		case 0:
		case R:
		case X:
		case R | W:
		case R | X:
			code = LOCKED | (int)access;
			break;
		case U | R:
			code = LOCKED | 7;
			break;
		case U | R | W:
			code = 6;
			break;
		case U | R | X:
			code = 5;
			break;
		case U | X:
			code = 4;
			break;
		default:
			must(llext_mpu_set(1, 0x1000, 16, access) == -EINVAL);
			continue;
		}
		must(llext_mpu_set(1, 0x1000, 16, access) == 0);
		must(has(1, 0x1000, 0x1010, (uint8_t)(code | TOR)));
	}
}

static void check_slots(void)
{
	for (unsigned int slot = 0; slot < 7; slot++) {
		struct desk_pmp before = desk_pmp;
		unsigned int count = desk_barriers;

		must(llext_mpu_set(slot, 0x5000 + 16 * slot, 16, R | X) == 0);
		must(desk_barriers >= count + 2); /* interrupts are held */
		must(has(slot, 0x5000 + 16 * slot, 0x5010 + 16 * slot, LOCKED | TOR | 5));
		for (unsigned int other = 0; other < 16; other++) {
			const uintptr_t *now = &desk_pmp.pmpaddr0, *then = &before.pmpaddr0;

			must(other / 2 == slot || now[other] == then[other]);
		}
	}
	for (unsigned int slot = 0; slot < 7; slot++) {
		unsigned int count = desk_barriers;

		must(llext_mpu_clear(slot, 0, 0) == 0 && desk_barriers >= count + 2);
		must(desk_cfg(2 * slot + 1) == 0 && desk_cfg(2 * slot) == 0);
		must(slot == 6 || desk_cfg(2 * slot + 3) != 0);
	}
	must(llext_mpu_set(7, 0x5000, 16, R) == -EINVAL && llext_mpu_clear(7, 0, 0) == -EINVAL);
	must(llext_mpu_set(0, 0x5002, 16, R) == -EINVAL);
	must(llext_mpu_set(0, 0x5001, 16, R) == -EINVAL);
	must(llext_mpu_set(0, 0x5000, 18, R) == -EINVAL);
	must(llext_mpu_set(0, 0x5000, 0, R) == -EINVAL);
	must(llext_mpu_set(0, (uintptr_t)-4, 8, R) == -EINVAL);
	must(llext_mpu_set(0, 0x5000, 4, R) == 0 && llext_mpu_set(0, (uintptr_t)-4, 4, R) == 0);
}

int main(void)
{
	check_unit();
	check_rights();
	check_slots();
	puts("all is well");
	return 0;
}
