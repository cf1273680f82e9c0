/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical memory protection of RISC-V (privileged specification, section 3.7) with Smepmp, whose
 * mseccfg.MML makes rules hold in machine mode, where firmware and extensions run, and tells the
 * modes apart. mseccfg.RLB lets locked rules be changed. From llext_mpu_enable() on:
 *  - machine mode executes only what a rule makes executable; the last slot does so for the
 *    firmware's code, which is one range of llext_mcu_memory; what that range has of data memory,
 *    such as what is below a stack, cannot be written;
 *  - data that no rule covers stays open to machine mode, and closed to user mode;
 *  - code for user mode is closed to machine mode, data for user mode is shared.
 *
 * A slot is a pair of entries that give the bottom and the top of a range, so any range will do.
 */
#include <errno.h>
#include <stdbool.h>
#include "../mcu/llext_mcu.h"
#include "../mcu/mpu.h"
#include "csr.h"

/* Of sixteen entries, without the pair for the firmware. */
#define SLOTS         7
#define FIRMWARE_SLOT 7

#define CFG_READ    0x01u
#define CFG_WRITE   0x02u
#define CFG_EXECUTE 0x04u
#define CFG_TOR     0x08u
#define CFG_LOCKED  0x80u

#define MSECCFG_MML 1
#define MSECCFG_RLB 4

/* By number: assemblers know mseccfg by name only since 2022. */
#define SET_MSECCFG(bits) __asm__ volatile(CSR_ASM("csrs 0x747, %0")::"r"((uintptr_t)(bits)))

#define CFG_PER_REGISTER sizeof(uintptr_t)

#define CASE_CFG(n, number)                                                                        \
	case n:                                                                                    \
		value = CSR_READ(number);                                                          \
		value = (value & ~mask) | bits;                                                    \
		CSR_WRITE(number, value);                                                          \
		break

/* Sets the configuration byte of one entry. The number of a register must be in the instruction. */
static void write_cfg(unsigned entry, uint8_t cfg)
{
	unsigned shift = entry % CFG_PER_REGISTER * 8;
	uintptr_t mask = (uintptr_t)0xff << shift, bits = (uintptr_t)cfg << shift, value;

	/* RV64 has only the even registers, of eight entries each. */
	switch (entry / CFG_PER_REGISTER * (CFG_PER_REGISTER / 4)) {
		CASE_CFG(0, pmpcfg0);
		CASE_CFG(2, pmpcfg2);
#if __riscv_xlen == 32
		CASE_CFG(1, pmpcfg1);
		CASE_CFG(3, pmpcfg3);
#endif
	}
}

#define CASE_RANGE(n, low, high)                                                                   \
	case n:                                                                                    \
		CSR_WRITE(low, start >> 2);                                                        \
		CSR_WRITE(high, end >> 2);                                                         \
		break

static void write_range(unsigned slot, uintptr_t start, uintptr_t end)
{
	switch (slot) {
		CASE_RANGE(0, pmpaddr0, pmpaddr1);
		CASE_RANGE(1, pmpaddr2, pmpaddr3);
		CASE_RANGE(2, pmpaddr4, pmpaddr5);
		CASE_RANGE(3, pmpaddr6, pmpaddr7);
		CASE_RANGE(4, pmpaddr8, pmpaddr9);
		CASE_RANGE(5, pmpaddr10, pmpaddr11);
		CASE_RANGE(6, pmpaddr12, pmpaddr13);
		CASE_RANGE(7, pmpaddr14, pmpaddr15);
	}
}

const struct llext_mpu *llext_mpu(void)
{
	static const struct llext_mpu mpu = {
		.slots = SLOTS,
		.granule = 4,
		.overlap = -1,
		.read_only = 1,
	};

	return &mpu;
}

unsigned llext_mcu_kept_slots;

static bool aligned(uintptr_t start, size_t size)
{
	return size && ((start | size) & 3) == 0 && start + (size - 1) >= start;
}

static void set(unsigned slot, uintptr_t start, size_t size, uint8_t cfg)
{
	/* Off while the addresses change: a locked entry guards them, and half a range is none. */
	write_cfg(slot * 2 + 1, 0);
	write_range(slot, start, start + size);
	write_cfg(slot * 2 + 1, cfg | CFG_TOR);
}

/* What Smepmp's table 1 has for these rights, or -1. */
static int encode(unsigned access)
{
	switch (access) {
	case 0:
		return CFG_LOCKED;
	case LLEXT_MPU_READ:
	case LLEXT_MPU_EXECUTE:
	case LLEXT_MPU_READ | LLEXT_MPU_WRITE:
	case LLEXT_MPU_READ | LLEXT_MPU_EXECUTE:
		/* The three bits are in the same places. Locked: machine mode only. */
		return (int)(CFG_LOCKED | access);
	case LLEXT_MPU_USER | LLEXT_MPU_READ:
		return CFG_LOCKED | CFG_READ | CFG_WRITE | CFG_EXECUTE;
	case LLEXT_MPU_USER | LLEXT_MPU_READ | LLEXT_MPU_WRITE:
		return CFG_WRITE | CFG_EXECUTE;
	case LLEXT_MPU_USER | LLEXT_MPU_READ | LLEXT_MPU_EXECUTE:
		return CFG_READ | CFG_EXECUTE;
	case LLEXT_MPU_USER | LLEXT_MPU_EXECUTE:
		return CFG_EXECUTE;
	default:
		return -1;
	}
}

/* The one range of the firmware's code, or NULL where the list has none, or several. */
static const struct llext_mcu_range *firmware(void)
{
	const struct llext_mcu_range *found = NULL;

	for (const struct llext_mcu_range *range = llext_mcu_memory; range->kind != LLEXT_MCU_END;
	     range++) {
		if (range->kind != LLEXT_MCU_CODE)
			continue;
		if (found != NULL)
			return NULL;
		found = range;
	}
	return found;
}

#define MSTATUS_MIE 8u

uintptr_t llext_mpu_hold(void)
{
	uintptr_t before;

	__asm__ volatile(CSR_ASM("csrrci %0, mstatus, 8") : "=r"(before)::"memory");
	return before & MSTATUS_MIE;
}

void llext_mpu_go_on(uintptr_t state)
{
	__asm__ volatile(CSR_ASM("csrs mstatus, %0")::"r"(state) : "memory");
}

void llext_mpu_write(unsigned slot, const struct llext_mpu_slot *what)
{
	if (what->bytes != 0) {
		set(slot, what->start, what->bytes, (uint8_t)encode(what->access));
		return;
	}
	write_cfg(slot * 2, 0);
	write_cfg(slot * 2 + 1, 0);
}

int llext_mpu_enable(void)
{
	const struct llext_mcu_range *code = firmware();

	if (code == NULL || !aligned((uintptr_t)code->start, (size_t)(code->end - code->start)))
		return -EINVAL;
	if (llext_mcu_kept_slots >= SLOTS)
		return -ENOSPC;
	SET_MSECCFG(MSECCFG_RLB);
	for (unsigned slot = llext_mcu_kept_slots; slot < SLOTS; slot++)
		llext_mpu_clear(slot, 0, 0);
	set(FIRMWARE_SLOT, (uintptr_t)code->start, (size_t)(code->end - code->start),
	    CFG_LOCKED | CFG_READ | CFG_EXECUTE);
	SET_MSECCFG(MSECCFG_MML);
	return 0;
}

int llext_mpu_set(unsigned slot, uintptr_t start, size_t size, unsigned access)
{
	struct llext_mpu_slot what = {.start = start, .bytes = size, .access = (uint8_t)access};
	uintptr_t state;

	if (slot >= SLOTS || encode(access) < 0 || !aligned(start, size))
		return -EINVAL;
	state = llext_mpu_hold();
	llext_mpu_write(slot, &what);
	llext_mpu_go_on(state);
	return 0;
}

int llext_mpu_clear(unsigned slot, uintptr_t start, size_t size)
{
	static const struct llext_mpu_slot none;
	uintptr_t state;

	(void)start;
	(void)size;
	if (slot >= SLOTS)
		return -EINVAL;
	state = llext_mpu_hold();
	llext_mpu_write(slot, &none);
	llext_mpu_go_on(state);
	return 0;
}

void llext_mcu_sync(uintptr_t mem, uintptr_t load, size_t bytes)
{
	(void)mem;
	(void)load;
	(void)bytes;
	/* Zifencei; by its encoding, since -march need not name the extension. */
	__asm__ volatile(".4byte 0x0000100f" ::: "memory");
}
