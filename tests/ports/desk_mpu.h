/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before ports/cortex_m/mpu.c and ports/riscv_m/pmp.c, to compile them for the desk: registers are
 * a test's own variables, and instructions that order or mask are counted.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern unsigned int desk_barriers;

/* ---- Cortex-M: each region has its own base, and attributes or limit ---- */
extern struct desk_mpu {
	uint32_t type, ctrl, rnr, mair, base[256], other[256];
} desk_mpu;

#include "../../ports/cortex_m/register_bits.h"

#define LLEXT_CORTEX_M_REGISTERS_H_ /* instead of registers.h */
#define MPU_TYPE                    (desk_mpu.type)
#define MPU_CTRL                    (desk_mpu.ctrl)
#define MPU_RNR                     (desk_mpu.rnr)
#define MPU_MAIR                    (desk_mpu.mair)
#define MPU_RBAR                    (desk_mpu.base[desk_mpu.rnr & 255])
#define MPU_RASR                    (desk_mpu.other[desk_mpu.rnr & 255])
#define MPU_RLAR                    (desk_mpu.other[desk_mpu.rnr & 255])
#define barrier()                   desk_barriers++

/* ---- RISC-V: what is written while an entry is on is lost, if it is locked ---- */
extern struct desk_pmp {
	uintptr_t pmpcfg0, pmpcfg1, pmpcfg2, pmpcfg3;
	uintptr_t pmpaddr0, pmpaddr1, pmpaddr2, pmpaddr3, pmpaddr4, pmpaddr5, pmpaddr6, pmpaddr7;
	uintptr_t pmpaddr8, pmpaddr9, pmpaddr10, pmpaddr11, pmpaddr12, pmpaddr13, pmpaddr14,
		pmpaddr15;
} desk_pmp;

/* One entry's configuration: of sixteen, eight a register. */
static inline uint8_t desk_cfg(unsigned int entry)
{
	return (uint8_t)((entry < 8 ? desk_pmp.pmpcfg0 : desk_pmp.pmpcfg2) >> entry % 8 * 8);
}

void desk_written(const uintptr_t *address); /* an address register */

#define LLEXT_RISCV_M_CSR_H_ /* instead of csr.h */
#define CSR_ASM(instruction) ""
#define CSR_READ(name)       (desk_pmp.name)
#define CSR_WRITE(name, value)                                                                     \
	do {                                                                                       \
		desk_pmp.name = (value);                                                           \
		desk_written(&desk_pmp.name);                                                      \
	} while (0)

/* `asm volatile("...")` becomes a count. */
#define __asm__
#define volatile(...) desk_barriers++
