/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware's page tables on AArch64 at EL1 (DDI 0487, sections D8.2 and D8.4): 4 KiB pages,
 * addresses mapped to themselves. Only what llext_mcu_memory lists is mapped, memory by pages from
 * the start, so that no block ever has to be split: code read-only, data never executable.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "../mcu/slots.h"
#include "system.h"
#include "tables.h"

/* One table for each 2 MiB of RAM in use. */
#define LEVEL3_TABLES 48

#define BLOCK  (1ull | 1ull << 10 | NOT_GLOBAL)
#define DEVICE (1ull << 2) /* attribute 1 of MAIR */

#define MAIR    0x00ffull /* 0: normal, write-back; 1: device, nGnRnE */
#define SCTLR_M (1ull << 0)
#define SCTLR_C (1ull << 2)
#define SCTLR_I (1ull << 12)
/* 31 bits of address, tables are write-back and inner shareable, no second half, 32 bits out. */
#define TCR (33ull | 1ull << 8 | 1ull << 10 | 3ull << 12 | 1ull << 23)

uint64_t llext_aarch64_level1[LEVEL1_ENTRIES] __attribute__((aligned(64)));
static llext_aarch64_table level2[LEVEL1_ENTRIES], level3[LEVEL3_TABLES];
static unsigned used;
static bool enabled;

static uint64_t *level3_of(uintptr_t address, bool make)
{
	if (address >= LEVEL1_ENTRIES * LEVEL2_ONE)
		return NULL;
	uint64_t *entry = &level2[address / LEVEL2_ONE][address % LEVEL2_ONE / LEVEL3_ONE];

	if ((*entry & TABLE) != TABLE) {
		if (!make || used == LEVEL3_TABLES)
			return NULL;
		*entry = (uintptr_t)level3[used++] | TABLE;
	}
	return (uint64_t *)(uintptr_t)(*entry & ADDRESS);
}

static uint64_t attributes(unsigned access)
{
	uint64_t bits = PAGE_ENTRY;

	/* Not readable is not mapped. */
	if (!(access & LLEXT_MPU_READ))
		return 0;
	if (!(access & LLEXT_MPU_WRITE))
		bits |= AP_RO;
	if (access & LLEXT_MPU_USER)
		bits |= AP_USER;
	if (!(access & LLEXT_MPU_EXECUTE))
		bits |= PXN | UXN;
	else if (!(access & LLEXT_MPU_USER))
		bits |= UXN;
	return bits;
}

static int map(uintptr_t start, uintptr_t end, unsigned access, bool make)
{
	uint64_t bits = attributes(access);

	for (uintptr_t page = start; page < end; page += PAGE) {
		uint64_t *entries = level3_of(page, make);

		if (!entries)
			return -EINVAL;
		entries[page % LEVEL3_ONE / PAGE] = bits ? page | bits : 0;
		if (enabled)
			system_forget_page(page / PAGE);
	}
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
	return 0;
}

const struct llext_mpu *llext_mpu(void)
{
	static const struct llext_mpu mpu = {
		.slots = UINT_MAX, /* a slot is only a name here */
		.granule = PAGE,
		.overlap = 0,
		.read_only = 1,
	};

	return &mpu;
}

static int map_devices(uintptr_t start, uintptr_t end)
{
	if (start % LEVEL3_ONE != 0 || end % LEVEL3_ONE != 0 || end > LEVEL1_ENTRIES * LEVEL2_ONE)
		return -EINVAL;
	for (uintptr_t at = start; at < end; at += LEVEL3_ONE) {
		uint64_t *entry = &level2[at / LEVEL2_ONE][at % LEVEL2_ONE / LEVEL3_ONE];

		*entry = at | BLOCK | DEVICE | PXN | UXN;
	}
	return 0;
}

static int map_range(const struct llext_mcu_range *range, unsigned data)
{
	uintptr_t start = (uintptr_t)range->start & ~(PAGE - 1);
	uintptr_t end = ((uintptr_t)range->end + PAGE - 1) & ~(PAGE - 1);

	switch (range->kind) {
	case LLEXT_MCU_CODE:
		return map(start, end, LLEXT_MPU_READ | LLEXT_MPU_EXECUTE, true);
	case LLEXT_MCU_DATA:
		return map(start, end, data, true);
	case LLEXT_MCU_DEVICES:
		return map_devices((uintptr_t)range->start, (uintptr_t)range->end);
	default:
		return -EINVAL;
	}
}

static int enable(unsigned data)
{
	memset(level2, 0, sizeof(level2));
	used = 0;
	for (unsigned i = 0; i < LEVEL1_ENTRIES; i++)
		llext_aarch64_level1[i] = (uintptr_t)level2[i] | TABLE;
	for (const struct llext_mcu_range *range = llext_mcu_memory; range->kind != LLEXT_MCU_END;
	     range++) {
		int rc = map_range(range, data);

		if (rc != 0)
			return rc;
	}
	SYSTEM_WRITE(mair_el1, MAIR);
	SYSTEM_WRITE(tcr_el1, TCR);
	SYSTEM_WRITE(ttbr0_el1, (uintptr_t)llext_aarch64_level1);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
	SYSTEM_WRITE(sctlr_el1, SYSTEM_READ(sctlr_el1) | SCTLR_M | SCTLR_C | SCTLR_I);
	__asm__ volatile("isb" ::: "memory");
	enabled = true;
	return 0;
}

int llext_mpu_enable(void)
{
	return enable(LLEXT_MPU_READ | LLEXT_MPU_WRITE);
}

int llext_aarch64_enable(void)
{
	return enabled ? 0 : enable(LLEXT_MPU_READ | LLEXT_MPU_WRITE | LLEXT_MPU_EXECUTE);
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	(void)slot;
	if (!enabled || !size || ((start | size) & (PAGE - 1)) || start + (size - 1) < start)
		return -EINVAL;
	if ((access & (LLEXT_MPU_WRITE | LLEXT_MPU_EXECUTE)) && !(access & LLEXT_MPU_READ))
		return -EINVAL;
	return map(start, start + size, access, false);
}

int llext_mpu_clear(unsigned slot, uintptr_t start, size_t size)
{
	return llext_mpu_set(slot, start, size, LLEXT_MPU_READ | LLEXT_MPU_WRITE);
}

uintptr_t llext_mpu_hold(void)
{
	uintptr_t state = SYSTEM_READ(daif);

	__asm__ volatile("msr daifset, #2" ::: "memory");
	return state;
}

void llext_mpu_go_on(uintptr_t state)
{
	SYSTEM_WRITE(daif, state);
}

/* ---- pieces of the heap: each page has its own entry, and a change is one store for each ---- */

unsigned llext_mcu_kept_slots; /* of none */

int llext_slots_open(uintptr_t start, size_t bytes)
{
	return llext_mpu_set(0, start, bytes, LLEXT_MPU_READ | LLEXT_MPU_WRITE);
}

int llext_slots_add(uintptr_t start, size_t bytes, unsigned access)
{
	return llext_mpu_set(0, start, bytes, access);
}

int llext_slots_remove(uintptr_t start, size_t bytes)
{
	return llext_mpu_set(0, start, bytes, LLEXT_MPU_READ | LLEXT_MPU_WRITE);
}

void llext_slots_fit(size_t *bytes, size_t *align)
{
	*bytes = (*bytes + PAGE - 1) & ~(PAGE - 1);
	if (*align < PAGE)
		*align = PAGE;
}

unsigned llext_slots_needed(unsigned pieces, unsigned *left)
{
	(void)pieces;
	*left = UINT_MAX;
	return 0;
}

unsigned llext_slots_most(void)
{
	return 0;
}
